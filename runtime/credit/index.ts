export { type CreditEpisode, type CreditPoint, creditEpisodes, type OtherOutput } from "./episodes.js";
export { type CreditOptions, type MeasuredCredit, measureCredit } from "./measure.js";
export {
  type AgentCredit,
  type Credit,
  type CreditReport,
  creditReport,
  type Estimate,
  type SiteCredit,
} from "./report.js";
