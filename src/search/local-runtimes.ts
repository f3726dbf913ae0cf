/** What can run the local model, the quickest first. Both are optional packages. */
export const localRuntimes = ['onnxruntime-node', 'onnxruntime-web/wasm'] as const
