// What the probes ask: answers 200 to everything. Says its port to who started it.
import { createServer } from "node:http";

const server = createServer((_, response) => void response.end("fine"));
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object") process.send?.(address?.port);
});
