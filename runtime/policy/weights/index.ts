export { writeFileAtomically } from "./atomic.js";
export { digestWeights } from "./digest.js";
export { encodeFloats, type FloatType, isFloatType, OVERFLOW } from "./dtype.js";
export { ModelFileError } from "./error.js";
export { openWeights, shardsOf, type Weights } from "./folder.js";
export { writeWhole } from "./whole.js";
export {
  byteLength,
  type HostTensor,
  type StoredTensor,
  safetensorsChunks,
  writeSafetensors,
} from "./write.js";
