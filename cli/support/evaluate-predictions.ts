import { evaluate, officialMetrics, readMusique, readPredictions } from "../../runtime/simulator/index.js";
import { jsonText } from "./terminal.js";

/** Prints the metrics of a prediction file as the official evaluator does. */
export async function evaluatePredictions(predictions: string, data: string, json: boolean): Promise<void> {
  const metrics = officialMetrics(evaluate(await readPredictions(predictions), await readMusique(data)));
  if (json) process.stdout.write(`${jsonText(metrics)}\n`);
  else for (const [name, value] of Object.entries(metrics)) process.stdout.write(`${name} ${value}\n`);
}
