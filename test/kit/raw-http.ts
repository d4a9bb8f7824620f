// HTTP byte by byte: for requests that no client would send.
import { connect, type Socket } from "node:net";

export type RawAnswer = {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
};

const patienceMs = 15_000;

/** An open connection; resolves when it is made. What the server does to it is no error. */
export async function dial(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  return socket.on("error", () => {});
}

/** All that comes until the server hangs up. */
export function untilClosed(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      socket.destroy();
      reject(new Error(`the server has not hung up; it said: ${Buffer.concat(chunks).toString("utf8").slice(0, 500)}`));
    }, patienceMs);
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.once("close", () => {
      clearTimeout(late);
      resolve(Buffer.concat(chunks).toString("utf8"));
    });
  });
}

/** Sends these bytes, and returns what came until the server hung up. */
export async function sendRaw(url: string, ...parts: readonly (string | Uint8Array)[]): Promise<string> {
  const socket = await dial(url);
  for (const part of parts) socket.write(part);
  return untilClosed(socket);
}

/** One answer as it stands on the wire. */
export function readAnswer(text: string): RawAnswer {
  const end = text.indexOf("\r\n\r\n");
  const [first = "", ...lines] = text.slice(0, Math.max(0, end)).split("\r\n");
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { status: Number(first.split(" ")[1] ?? 0), headers: new Map(headers), body: text.slice(end + 4) };
}

/** A request line and headers; the server is asked to hang up after its answer. */
export async function askRaw(
  url: string,
  first: string,
  headers: readonly string[] = [],
  body: string | Uint8Array = "",
): Promise<RawAnswer> {
  const head = [`${first} HTTP/1.1`, "Host: status.example.org", "Connection: close", ...headers];
  return readAnswer(await sendRaw(url, `${head.join("\r\n")}\r\n\r\n`, body));
}
