export declare const here: string
export declare function missingJazzer (): string | undefined
