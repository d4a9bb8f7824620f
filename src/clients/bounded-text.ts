// The text of a peer's answer, which may be of any length.

/** Rejects when it is longer than `largest` bytes; what comes after is not read. */
export async function boundedText(response: Response, largest: number): Promise<string> {
  const body: AsyncIterable<Uint8Array> | null = response.body;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > largest) throw new Error(`the answer is longer than ${Math.round(largest / 1_000_000)} MB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
