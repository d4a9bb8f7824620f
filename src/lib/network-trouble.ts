// What went wrong on the network, in words that a tired person understands, and whose trouble it is.
import { reasonOf } from "./result.ts";
import { oneLine } from "./text.ts";

export type Trouble = {
  /**
   * `peer`: the other side let us know, were it by a refusal. `path`: nobody answered, which may be our own network.
   * `us`: this machine could not even try.
   */
  readonly of: "peer" | "path" | "us";
  /** What stands after the name of the other side: `refused the connection`. */
  readonly words: string;
};

const known: Readonly<Record<string, Trouble>> = {
  ECONNREFUSED: { of: "peer", words: "refused the connection" },
  ECONNRESET: { of: "peer", words: "broke the connection off" },
  EPIPE: { of: "peer", words: "broke the connection off" },
  ETIMEDOUT: { of: "path", words: "did not answer: the connection timed out" },
  EHOSTUNREACH: { of: "path", words: "cannot be reached: no route to the host" },
  EHOSTDOWN: { of: "path", words: "cannot be reached: the host is down" },
  ENOTFOUND: { of: "path", words: "has no address: the name does not resolve" },
  EAI_AGAIN: { of: "us", words: "cannot be looked up: our resolver does not answer" },
  ENETUNREACH: { of: "us", words: "cannot be reached from here: this machine has no route to that network" },
  ENETDOWN: { of: "us", words: "cannot be reached from here: the network of this machine is down" },
  EADDRNOTAVAIL: { of: "us", words: "cannot be reached from here: this machine has no such address or port left" },
  EAFNOSUPPORT: { of: "us", words: "cannot be reached from here: this machine does not speak that IP version" },
  EACCES: { of: "us", words: "cannot be reached from here: this machine does not let us connect" },
  EPERM: { of: "us", words: "cannot be reached from here: this machine does not let us connect" },
  EMFILE: { of: "us", words: "was not asked: this process has too many files open" },
  ENFILE: { of: "us", words: "was not asked: this machine has too many files open" },
  ENOBUFS: { of: "us", words: "was not asked: this machine has no buffers left" },
  ENOMEM: { of: "us", words: "was not asked: this machine has no memory left" },
};

/** Of several addresses that were tried, the one that says most. */
const telling = ["peer", "path", "us"] as const;

/** What a socket threw. `expected` is what the other side should speak: a mess is told as that. */
export function troubleOf(thrown: unknown, expected: "TCP" | "TLS" | "HTTP"): Trouble {
  if (thrown instanceof AggregateError && thrown.errors.length > 0) {
    const all = thrown.errors.map((one: unknown) => troubleOf(one, expected));
    const first = telling.map((of) => all.find((trouble) => trouble.of === of)).find((found) => found !== undefined);
    if (first !== undefined) return first;
  }
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  const plain = Object.hasOwn(known, code) ? known[code] : undefined;
  if (plain !== undefined) return plain;
  const said = oneLine(reasonOf(thrown), 160);
  if (code.startsWith("HPE_")) return { of: "peer", words: `does not answer in HTTP (${said})` };
  if (code === "EPROTO" || code.startsWith("ERR_SSL")) return { of: "peer", words: `does not speak TLS as it should (${said})` }; // prettier-ignore
  return { of: "peer", words: `failed: ${said === "" ? expected : said}` };
}
