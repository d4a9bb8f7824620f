// What we use of node:http. An `import` of it reads every export there is, and one (WebSocket) loads all of undici:
// 40 ms and 15 MB of every start.
export const { createServer, request } = process.getBuiltinModule("node:http");
