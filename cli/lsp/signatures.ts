import type { Connection, SignatureHelp } from "vscode-languageserver/node";
import { signatureAt } from "../../compiler/index.js";
import type { OpenFiles } from "./open-files.js";
import { offsetOf } from "./places.js";

/** Says where the inputs stand in a signature, to clients that take places; to others what they say. */
export function answerSignatures(connection: Connection, files: OpenFiles, takesPlaces: () => boolean): void {
  connection.onSignatureHelp(({ textDocument, position }): SignatureHelp | null => {
    const file = files.get(textDocument?.uri);
    const help = file && signatureAt(file.flow, offsetOf(file.text, position));
    if (help === undefined) return null;
    return {
      signatures: help.signatures.map(({ text, inputs, prose }) => ({
        label: text,
        parameters: inputs.map(({ start, end }) => ({
          label: takesPlaces() ? [start, end] : text.slice(start, end),
        })),
        ...(prose !== "" && { documentation: { kind: "markdown" as const, value: prose } }),
      })),
      activeSignature: help.active,
      activeParameter: help.input,
    };
  });
}
