import type { Row } from "../../flows/base/rows.js";

const CITIES = ["Tangshan", "Kyoto", "Toulouse", "Leeds", "Recife", "Adelaide", "Kumasi", "Quito"];
const COUNTRIES = ["China", "Japan", "France", "England", "Brazil", "Australia", "Ghana", "Ecuador"];
const CURRENCIES = ["CNY", "JPY", "EUR", "GBP", "BRL", "AUD", "GHS", "USD"];
const CODES = ["86", "81", "33", "44", "55", "61", "233", "593"];

/** Small questions of two hops in the form of the project's data. */
export function makeRows(): Row[] {
  return CITIES.map((city, i) => {
    const other = (i + 1) % CITIES.length;
    const [country, rival] = [COUNTRIES[i]!, COUNTRIES[other]!];
    const told = (at: number) =>
      `a country with the currency ${CURRENCIES[at]} and the calling code ${CODES[at]}`;
    return {
      id: `2hop__${i}`,
      question: `What is the currency of the country of ${city}?`,
      answer: CURRENCIES[i]!,
      paragraphs: [
        { title: rival, body: told(other) },
        { title: city, body: `an industrial city in ${country}` },
        { title: CITIES[other]!, body: `a port in ${rival}` },
        { title: country, body: told(i) },
      ],
      hops: [
        { question: `country of ${city}`, answer: country, support: 1 },
        i % 2 === 0
          ? { question: "currency of #1", answer: CURRENCIES[i]!, support: 3 }
          : { question: "calling code of #1", answer: CODES[i]!, support: 3 },
      ],
    };
  });
}
