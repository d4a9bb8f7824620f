// A TCP or TLS connection that speaks IRC lines. It ends once, with a reason, and is not reused.
import { connect as connectTcp, isIP } from "node:net";
import { connect as connectTls } from "node:tls";
import { reasonOf } from "../lib/result.ts";
import { parseLine, sanitise, type IrcLine } from "./irc-line.ts";

export type IrcAddress = {
  readonly host: string;
  readonly port: number;
  /** `ca`: certificates in PEM to trust instead of the system's. */
  readonly tls: false | { readonly ca?: string };
};

export type IrcSocket = {
  /** Aborts when the connection is over; its reason is the sentence why. */
  readonly over: AbortSignal;
  /** `written` is called when the operating system has taken all the lines. */
  readonly write: (lines: readonly string[], written?: () => void) => void;
  readonly drop: (reason: string) => void;
};

/** Tags may fill 8191 bytes and the line 512 more (https://ircv3.net/specs/extensions/message-tags#size-limit). */
const longestLine = 8191 + 512;

/** `ECONNREFUSED` says it better than `connect ECONNREFUSED 192.0.2.1:6697`; advice about Node's flags says nothing. */
function networkReason(error: Error & { readonly code?: string }): string {
  return error.code !== undefined && /^E[A-Z]+$/u.test(error.code)
    ? error.code
    : sanitise(reasonOf(error).replace(/; if the root CA.*/su, ""), 200);
}

/** Starts to connect. `opened` is called when lines can be written, `hear` for each line that comes. */
export function dialIrc(address: IrcAddress, opened: () => void, hear: (line: IrcLine) => void): IrcSocket {
  const { host, port, tls } = address;
  const over = new AbortController();
  // A server name must be a name, not an address (https://www.rfc-editor.org/rfc/rfc6066#section-3);
  // node:tls then checks the certificate against `host`.
  const socket =
    tls === false
      ? connectTcp({ host, port })
      : connectTls({
          host,
          port,
          servername: isIP(host) === 0 ? host : "",
          ...(tls.ca === undefined ? {} : { ca: tls.ca }),
        });
  let unread = Buffer.alloc(0);

  function drop(reason: string): void {
    socket.destroy();
    if (!over.signal.aborted) over.abort(reason);
  }

  socket.setNoDelay(true);
  socket.once(tls === false ? "connect" : "secureConnect", opened);
  socket.on("error", (error) => drop(networkReason(error)));
  socket.on("close", () => drop("the server closed the connection"));
  socket.on("data", (bytes: Buffer) => {
    unread = Buffer.concat([unread, bytes]);
    for (let end = unread.indexOf("\n"); end !== -1 && !over.signal.aborted; end = unread.indexOf("\n")) {
      const line = parseLine(unread.toString("utf8", 0, end).replace(/\r$/u, ""));
      unread = unread.subarray(end + 1);
      if (line !== undefined) hear(line);
    }
    if (unread.length > longestLine) drop("the server sends a line without an end");
  });

  return {
    over: over.signal,
    write: (lines, written) => {
      if (over.signal.aborted) return;
      socket.write(lines.map((line) => `${line}\r\n`).join(""), (error) => {
        if (error === null || error === undefined) written?.();
      });
    },
    drop,
  };
}
