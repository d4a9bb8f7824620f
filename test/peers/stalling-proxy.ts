// A way to a TCP server that can be made a black hole: bytes are held, nothing is refused, nobody is told; then it goes on.
import { connect, createServer, type Socket } from "node:net";

export type StallingProxy = AsyncDisposable & {
  readonly port: number;
  stall(): void;
  release(): void;
};

/** Starts it before a server on loopback. */
export async function stallingProxy(toPort: number): Promise<StallingProxy> {
  const sockets = new Set<Socket>();
  let stalled = false;
  const server = createServer((near) => {
    const far = connect({ host: "127.0.0.1", port: toPort });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("error", () => {});
      from.on("data", (bytes) => to.write(bytes));
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
      if (stalled) from.pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no TCP port");
  return {
    port: address.port,
    stall() {
      stalled = true;
      for (const socket of sockets) socket.pause();
    },
    release() {
      stalled = false;
      for (const socket of sockets) socket.resume();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
