export { EpisodeCredit } from "./episode-credit.js";
export { LeaveOneOut } from "./leave-one-out.js";
export { SingleSample } from "./single-sample.js";
export { Supervised } from "./supervised.js";
