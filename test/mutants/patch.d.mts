/** The mutant that this process runs with, if it runs with one. */
export const mutant: { readonly name: string, readonly file: string, readonly search: string, readonly replace: string } | undefined
/** `source` of the file at `path`, changed if it is the mutant's. */
export function patch (path: string, source: string): string
