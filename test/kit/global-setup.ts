// Before any test: peers that all tests share are started once.

export function setup(): void {}
