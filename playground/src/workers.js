// Tells the editor where its workers are: beside the page, never at a CDN.
globalThis.MonacoEnvironment = {
  getWorker(_id, label) {
    const url = WORKER_URLS[label] ?? WORKER_URLS.editor;
    return new Worker(url, { name: label });
  },
};
