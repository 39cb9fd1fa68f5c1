/** The families of decoders that are computed, by the `model_type` of their configurations. */
export type FamilyName = "llama" | "mistral" | "qwen2" | "qwen3" | "phi3";

/** Where a family differs from Llama, and what its configuration means where it is silent. */
export interface Family {
  /** Whether attention has biases; undefined where the configuration says (`attention_bias`). */
  readonly attentionBias: boolean | undefined;
  /** Whether attention's output has no bias even where q, k and v have one. */
  readonly outputUnbiased: boolean;
  /** Whether the configuration may ask for biases in the MLP (`mlp_bias`). */
  readonly mlpBias: boolean;
  readonly queryKeyNorm: boolean;
  readonly fused: boolean;
  /** Whether the configuration may have only the first values of a head rotated (`partial_rotary_factor`). */
  readonly partialRotary: boolean;
  // Defaults of transformers' configuration classes
  readonly keyValueHeads: number | undefined;
  readonly headDim: number | undefined;
  readonly contextLength: number;
  readonly normEpsilon: number;
}

const llama: Family = {
  attentionBias: undefined,
  outputUnbiased: false,
  mlpBias: true,
  queryKeyNorm: false,
  fused: false,
  partialRotary: false,
  keyValueHeads: undefined,
  headDim: undefined,
  contextLength: 2048,
  normEpsilon: 1e-6,
};

export const FAMILIES: ReadonlyMap<FamilyName, Family> = new Map([
  ["llama", llama],
  ["mistral", { ...llama, attentionBias: false, mlpBias: false, keyValueHeads: 8, contextLength: 131072 }],
  [
    "qwen2",
    {
      ...llama,
      attentionBias: true,
      outputUnbiased: true,
      mlpBias: false,
      keyValueHeads: 32,
      contextLength: 32768,
    },
  ],
  [
    "qwen3",
    { ...llama, mlpBias: false, queryKeyNorm: true, keyValueHeads: 32, headDim: 128, contextLength: 32768 },
  ],
  [
    "phi3",
    {
      ...llama,
      attentionBias: false,
      mlpBias: false,
      fused: true,
      partialRotary: true,
      contextLength: 4096,
      normEpsilon: 1e-5,
    },
  ],
]);
