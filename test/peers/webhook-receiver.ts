// A receiver of our webhooks: a real HTTP server that checks each one with the independent `standardwebhooks` package.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Webhook } from "standardwebhooks";
import { WebhookMessage } from "../../src/shapes/webhook-message.ts";
import { desk } from "./desk.ts";

export type Received = {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly message: WebhookMessage;
};

/** A request as it came, whatever it is. */
export type Came = {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export type Receiver = AsyncDisposable & {
  readonly port: number;
  readonly url: string;
  readonly came: readonly Came[];
  /** What was signed rightly and has the right form. */
  readonly received: readonly Received[];
  /** What was not, and why. */
  readonly strange: readonly string[];
  /** How many TCP connections there were. */
  readonly connections: () => number;
  /** How requests are answered from now on; 204 unless told. */
  answer(how: (response: ServerResponse, request: IncomingMessage, body: string) => void): void;
  /** A message whose lead matches, come already or still to come. */
  expects(pattern: RegExp, timeoutMs?: number): Promise<string>;
};

export const webhookSecret = `whsec_${Buffer.from("s3cret-of-the-fixture-s3cret").toString("base64")}`;

function flat(request: IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
}

export async function startReceiver(secret = webhookSecret, port = 0): Promise<Receiver> {
  const came: Came[] = [];
  const received: Received[] = [];
  const strange: string[] = [];
  const heard = desk("webhook");
  let connections = 0;
  let how = (response: ServerResponse, _request: IncomingMessage, _body: string): void =>
    void response.writeHead(204).end();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("error", () => {});
    request.on("end", () => {
      const headers = flat(request);
      const body = Buffer.concat(chunks).toString();
      came.push({ path: request.url ?? "", headers, body });
      try {
        const verified = new Webhook(secret).verify(body, headers);
        const message = WebhookMessage.strict().parse(verified);
        received.push({ path: request.url ?? "", headers, message });
        heard.arrives(message.data.lead);
      } catch (thrown) {
        strange.push(`${request.method} ${request.url}: ${String(thrown)}`);
      }
      how(response, request, body);
    });
  });
  server.on("connection", () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const address = server.address();
  const at = typeof address === "object" ? (address?.port ?? 0) : 0;
  return {
    port: at,
    url: `http://127.0.0.1:${at}/hook`,
    came,
    received,
    strange,
    connections: () => connections,
    answer: (next) => (how = next),
    expects: (pattern, timeoutMs = 10_000) => heard.expects(pattern, timeoutMs),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
