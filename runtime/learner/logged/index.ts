export { FromLogs } from "./from-logs.js";
export {
  type LoggedEpisode,
  LoggedEpisodes,
  type LoggedOptions,
  type LogProblem,
} from "./logged-episodes.js";
export { LoggedSample } from "./logged-sample.js";
export { problemOfLogged } from "./problem.js";
