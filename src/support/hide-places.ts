/**
 * What a server says goes to people who have no business with its folders. An asset is named as its production names it,
 * which is what the author can look for.
 */
export function hidePlaces(text: string, cacheFolder: string, dataFolder: string): string {
  return text
    .replaceAll(cacheFolder, "<cache>")
    .replaceAll(dataFolder, "<data>")
    .replaceAll(/<data>[\\/]assets[\\/][0-9a-f]{2}[\\/]([0-9a-f]{64})/g, "asset:$1");
}
