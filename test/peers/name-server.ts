// A DNS server on loopback that answers, refuses or keeps silent, as a test wants.
import { createSocket } from "node:dgram";
import { decode, encode, AUTHORITATIVE_ANSWER, type Answer } from "dns-packet";

/** The answers to a question, a refusal by its code, or nothing at all. */
export type Says = readonly Answer[] | { readonly rcode: "NXDOMAIN" | "SERVFAIL" | "REFUSED" } | "silence";

const codes = { NXDOMAIN: 3, SERVFAIL: 2, REFUSED: 5 } as const;

export type NameServer = AsyncDisposable & { readonly port: number; readonly asked: readonly string[] };

export async function startNameServer(answer: (name: string, type: string) => Says): Promise<NameServer> {
  const socket = createSocket("udp4");
  const asked: string[] = [];
  socket.on("message", (bytes, from) => {
    const { id, questions = [] } = decode(bytes);
    const [question] = questions;
    if (question === undefined) return;
    asked.push(`${question.name} ${question.type}`);
    const says = answer(question.name, question.type);
    if (says === "silence") return;
    const code = "rcode" in says ? codes[says.rcode] : 0;
    const answers = "rcode" in says ? [] : [...says];
    // A code is the low bits of the flags: https://www.rfc-editor.org/rfc/rfc1035#section-4.1.1
    const said = encode({ type: "response", id: id ?? 0, flags: AUTHORITATIVE_ANSWER | code, questions, answers });
    socket.send(said, from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return {
    port: socket.address().port,
    asked,
    [Symbol.asyncDispose]: () => new Promise((resolve) => void socket.close(() => resolve())),
  };
}
