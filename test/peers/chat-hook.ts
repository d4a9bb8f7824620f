// A webhook of a chat: takes JSON by POST, keeps it, and answers as it is told.
import { createServer, type ServerResponse } from "node:http";

export type ChatHookPeer = AsyncDisposable & {
  readonly url: string;
  readonly bodies: readonly unknown[];
  answer(how: (response: ServerResponse, body: unknown) => void): void;
};

export async function startChat(): Promise<ChatHookPeer> {
  const bodies: unknown[] = [];
  let how = (response: ServerResponse, _body: unknown): void => void response.writeHead(200).end("ok");
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("error", () => {});
    request.on("end", () => {
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
      bodies.push(body);
      how(response, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/services/T0/B0/key`,
    bodies,
    answer: (next) => (how = next),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
