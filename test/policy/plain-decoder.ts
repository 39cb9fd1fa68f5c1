/** A tensor's values, row by row. */
interface PlainTensor {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** Tensors of a checkpoint or an adapter by name. */
export type PlainTensors = ReadonlyMap<string, PlainTensor>;

/** A parsed config.json, in the layout of transformers 5. */
export type PlainConfig = Readonly<Record<string, unknown>>;

type Vector = readonly number[];

/**
 * A decoder as its papers write it: one token after the other, in plain float64, from a config.json as it stands. Slow,
 * and written without the runtime's code, so that both can be held against each other at any shape.
 *
 * @returns the logits after each token
 */
export function plainLogits(
  config: PlainConfig,
  weights: PlainTensors,
  ids: readonly number[],
  lora?: { readonly tensors: PlainTensors; readonly scale: number },
): Vector[] {
  const number = (key: string, fallback?: number) => (config[key] ?? fallback) as number;
  const [width, heads] = [number("hidden_size"), number("num_attention_heads")];
  const groups = number("num_key_value_heads", heads);
  const dim = number("head_dim", width / heads);
  const epsilon = number("rms_norm_eps");
  const angles = anglesOf(config, dim, ids.length);

  const linear = (module: string, x: Vector): number[] => {
    const y = product(weights.get(`${module}.weight`)!, x);
    const bias = weights.get(`${module}.bias`)?.data;
    const [a, b] = ["A", "B"].map((part) =>
      lora?.tensors.get(`base_model.model.${module}.lora_${part}.weight`),
    );
    const added = a === undefined || b === undefined ? undefined : product(b, product(a, x));
    return y.map((value, i) => value + (bias?.[i] ?? 0) + (lora?.scale ?? 0) * (added?.[i] ?? 0));
  };
  const norm = (name: string, x: Vector): number[] => {
    const weight = weights.get(`${name}.weight`)!.data;
    const size = Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length + epsilon);
    return x.map((v, i) => (v / size) * weight[i]!);
  };
  const split = (x: Vector, count: number): number[][] =>
    Array.from({ length: count }, (_, i) => x.slice(i * dim, (i + 1) * dim));

  let states = ids.map((id) => row(weights.get("model.embed_tokens.weight")!, id));
  for (let layer = 0; layer < number("num_hidden_layers"); layer++) {
    const name = `model.layers.${layer}`;
    const fused = weights.has(`${name}.self_attn.qkv_proj.weight`);
    const seen: { keys: Vector[]; values: Vector[] }[] = [];
    states = states.map((x, position) => {
      const y = norm(`${name}.input_layernorm`, x);
      const qkv = fused
        ? linear(`${name}.self_attn.qkv_proj`, y)
        : ["q", "k", "v"].flatMap((each) => linear(`${name}.self_attn.${each}_proj`, y));
      const all = split(qkv, heads + 2 * groups);
      const turned = (which: "q" | "k", head: Vector): number[] => {
        const normed = `${name}.self_attn.${which}_norm`;
        return turn(weights.has(`${normed}.weight`) ? norm(normed, head) : head, position, angles);
      };
      const queries = all.slice(0, heads).map((head) => turned("q", head));
      seen.push({
        keys: all.slice(heads, heads + groups).map((head) => turned("k", head)),
        values: all.slice(heads + groups),
      });
      const mixed = queries.flatMap((query, head) => {
        const group = Math.floor((head * groups) / heads);
        const scores = seen.map(({ keys }) => dot(query, keys[group]!) / Math.sqrt(dim));
        const most = Math.max(...scores);
        const shares = scores.map((score) => Math.exp(score - most));
        const total = shares.reduce((sum, share) => sum + share, 0);
        return Array.from({ length: dim }, (_, i) =>
          seen.reduce((sum, { values }, at) => sum + (shares[at]! / total) * values[group]![i]!, 0),
        );
      });
      const attended = add(x, linear(`${name}.self_attn.o_proj`, mixed));
      const z = norm(`${name}.post_attention_layernorm`, attended);
      const inner = fused
        ? linear(`${name}.mlp.gate_up_proj`, z)
        : ["gate", "up"].flatMap((each) => linear(`${name}.mlp.${each}_proj`, z));
      const half = inner.length / 2;
      const gated = inner.slice(0, half).map((gate, i) => (gate / (1 + Math.exp(-gate))) * inner[half + i]!);
      return add(attended, linear(`${name}.mlp.down_proj`, gated));
    });
  }
  const head = config.tie_word_embeddings === true ? "model.embed_tokens" : "lm_head";
  return states.map((x) => product(weights.get(`${head}.weight`)!, norm("model.norm", x)));
}

interface Angles {
  /** Of each pair, per position. */
  readonly frequencies: Vector;
  /** Of cosines and sines. */
  readonly scale: number;
}

/** Turns the first values of a head, the i-th with the one that many pairs after it. */
function turn(head: Vector, position: number, { frequencies, scale }: Angles): number[] {
  const half = frequencies.length;
  return head.map((value, i) => {
    if (i >= 2 * half) return value;
    const angle = position * frequencies[i % half]!;
    const other = i < half ? -head[i + half]! : head[i - half]!;
    return scale * (value * Math.cos(angle) + other * Math.sin(angle));
  });
}

/** The position embeddings of Llama's successors, each as its paper or transformers' documentation defines it. */
function anglesOf(config: PlainConfig, dim: number, length: number): Angles {
  const rope = config.rope_parameters as Readonly<Record<string, unknown>>;
  const of = (key: string) => rope[key] as number;
  const rotated = dim * ((rope.partial_rotary_factor as number | undefined) ?? 1);
  const pairs = Array.from({ length: rotated / 2 }, (_, i) => i);
  const plain = (base: number) => pairs.map((i) => 1 / base ** ((2 * i) / rotated));
  const original = of("original_max_position_embeddings");
  const frequencies = plain(of("rope_theta"));
  switch (rope.rope_type) {
    case "linear":
      return { frequencies: frequencies.map((f) => f / of("factor")), scale: 1 };
    case "dynamic": {
      const longest = Math.max(length, original);
      const growth = (of("factor") * longest) / original - (of("factor") - 1);
      return { frequencies: plain(of("rope_theta") * growth ** (rotated / (rotated - 2))), scale: 1 };
    }
    case "llama3":
      return {
        frequencies: frequencies.map((f) => {
          const wavelength = (2 * Math.PI) / f;
          if (wavelength < original / of("high_freq_factor")) return f;
          if (wavelength > original / of("low_freq_factor")) return f / of("factor");
          const smooth =
            (original / wavelength - of("low_freq_factor")) /
            (of("high_freq_factor") - of("low_freq_factor"));
          return ((1 - smooth) * f) / of("factor") + smooth * f;
        }),
        scale: 1,
      };
    case "yarn": {
      const dimension = (turns: number) =>
        (rotated * Math.log(original / (turns * 2 * Math.PI))) / (2 * Math.log(of("rope_theta")));
      const low = Math.max(Math.floor(dimension(32)), 0);
      const high = Math.min(Math.ceil(dimension(1)), rotated - 1);
      return {
        frequencies: frequencies.map((f, i) => {
          const ramp = Math.min(1, Math.max(0, (i - low) / (high === low ? 0.001 : high - low)));
          return (f / of("factor")) * ramp + f * (1 - ramp);
        }),
        scale: 0.1 * Math.log(of("factor")) + 1,
      };
    }
    case "longrope": {
      const factors = rope[length > original ? "long_factor" : "short_factor"] as number[];
      const stretch = (config.max_position_embeddings as number) / original;
      return {
        frequencies: frequencies.map((f, i) => f / factors[i]!),
        scale: stretch <= 1 ? 1 : Math.sqrt(1 + Math.log(stretch) / Math.log(original)),
      };
    }
    default:
      return { frequencies, scale: 1 };
  }
}

function product({ shape, data }: PlainTensor, x: Vector): number[] {
  const [rows, columns] = shape as [number, number];
  return Array.from({ length: rows }, (_, r) => {
    let sum = 0;
    for (let c = 0; c < columns; c++) sum += data[r * columns + c]! * x[c]!;
    return sum;
  });
}

function row({ shape, data }: PlainTensor, index: number): number[] {
  return Array.from({ length: shape[1]! }, (_, c) => data[index * shape[1]! + c]!);
}

function dot(a: Vector, b: Vector): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

function add(a: Vector, b: Vector): number[] {
  return a.map((value, i) => value + b[i]!);
}
