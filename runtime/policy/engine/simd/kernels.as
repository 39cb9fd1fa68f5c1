// All kernels of the module. They work in place on TensorFlow.js's own wasm memory, which they import; they hold no
// data and allocate nothing. Pointers are byte offsets, sizes are counts of elements.
export { addLowRank } from "./lora";
export { attend, attendGrad } from "./attention";
export { matMul, pack, packedSize, scratchSize } from "./matmul";
export { addRmsNorm, rmsNorm, rmsNormGrad } from "./norm";
export { rotary, splitQkv } from "./rotary";
export { swiGlu, swiGluGrad } from "./glu";
export { tokenLogProbs, tokenLogProbsGrad } from "./logits";
