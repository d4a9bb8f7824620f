import { createServer } from "node:http";
import { expect, test } from "vitest";
import { mebi } from "../lib/size.ts";
import { tellParts } from "./alertmanager-told.ts";

test("a long answer to a slow reader comes whole, and leaves nothing behind at each part", async () => {
  const listening: number[] = [];
  const server = createServer((_, response) => {
    async function* parts(): AsyncGenerator<string> {
      for (let i = 0; i < 20; i++) {
        listening.push(response.listenerCount("close"));
        yield "x".repeat(mebi);
      }
    }
    void tellParts(response, parts());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const answer = await fetch(`http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`);
  expect(await answer.text()).toHaveLength(20 * mebi);
  expect(listening.at(-1)).toBe(listening[0]);
  server.close();
});
