// The module that icons/plugin.ts makes: outlines by category id.
declare module 'virtual:pictograms' {
  const outlines: Record<string, { size: number; path: string }>;
  export default outlines;
}
