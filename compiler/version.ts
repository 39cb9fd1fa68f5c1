/** The compiler's version, written into what it emits; a test holds it against package.json. */
export const version = "0.1.0";

/** The version of the machine contract that emitted modules fulfil. */
export const format = 1;
