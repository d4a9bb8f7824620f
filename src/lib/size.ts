// Sizes as people write them in a config (`512KiB`, `2MiB`) and read them in a sentence.

const kibi = 1_024;
export const mebi = kibi * kibi;

/** Bytes, or undefined when the text is no size. */
export function parseSize(text: string): number | undefined {
  const [, figure, unit] = /^(\d{1,7})(KiB|MiB)$/.exec(text) ?? [];
  return figure === undefined ? undefined : Number(figure) * (unit === "MiB" ? mebi : kibi);
}

/** `1 MiB`, `512 KiB`. */
export function saySize(bytes: number): string {
  return bytes % mebi === 0 ? `${bytes / mebi} MiB` : `${Math.round(bytes / kibi)} KiB`;
}
