/**
 * What the compiler asks of the place where .flow files are. It is handed in, so that the command line, watching, the
 * editor (whose open documents go before the disk) and tests read programs by the same code.
 */
export interface FileHost {
  /** The absolute path of an existing file or folder, all links resolved; nothing if there is none. */
  realPath(path: string): string | undefined;
  /** A file's text, or why it is not to be had, as a phrase. Larger files than `limit` bytes are not read. */
  read(path: string, limit: number): { readonly text: string } | { readonly why: string };
}

/** Where a text stands that is checked, and where the files are that it imports. */
export interface Place {
  readonly host: FileHost;
  /** Path of the file; need not exist. */
  readonly path: string;
}
