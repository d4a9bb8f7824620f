// The least that asks so many URLs so often: node:http, a timer for each, nothing kept and nothing said.
import { request } from "node:http";

const [port = "", count = "", everyMs = ""] = process.argv.slice(2);

function look(n: number): void {
  const asking = request({ host: "127.0.0.1", port, path: `/${n}`, agent: false, timeout: 5_000 }, (response) => {
    response.destroy();
  });
  asking.on("error", () => {});
  asking.on("timeout", () => void asking.destroy());
  asking.end();
  setTimeout(look, Number(everyMs), n);
}

for (let n = 0; n < Number(count); n++) setTimeout(look, (n * Number(everyMs)) / Number(count), n);
process.send?.("started");
