export { writeFileAtomically } from "./atomic.js";
export { ModelFileError } from "./error.js";
export { openWeights, type Weights } from "./folder.js";
export { type HostTensor, writeSafetensors } from "./write.js";
