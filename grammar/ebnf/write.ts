import { writeFileSync } from "node:fs";
import { grammarPages } from "./page.js";

// `npm run grammar`, in the repository's root folder.
for (const [path, text] of grammarPages()) writeFileSync(`docs/${path}`, text);
