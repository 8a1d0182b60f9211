/** Files that the user gave once, kept on this device (IndexedDB); nothing happens where that is not allowed. */
const NAME = "mp2flame";

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("files");
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function within<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | null> {
  try {
    const db = await open();
    return await new Promise((resolve, reject) => {
      const request = work(db.transaction("files", mode).objectStore("files"));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  } catch {
    return null; // private windows
  }
}

export const kept = (name: string): Promise<ArrayBuffer | string | null> =>
  within("readonly", (s) => s.get(name) as IDBRequest<ArrayBuffer | string>).then((v) => v ?? null);
export const keep = (name: string, value: ArrayBuffer | string): Promise<unknown> => within("readwrite", (s) => s.put(value, name));
export const forget = (name: string): Promise<unknown> => within("readwrite", (s) => s.delete(name));

/** Let the user save a file. */
export function download(name: string, data: Uint8Array | string, type: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([data as BlobPart], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 30_000);
}
