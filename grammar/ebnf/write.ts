import { writeFileSync } from "node:fs";
import { grammarPage } from "./page.js";

// `npm run grammar`, in the repository's root folder.
writeFileSync("docs/grammar.md", grammarPage());
