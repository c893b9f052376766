// The library opening_hours brings the holidays of sixty countries and the weekdays of
// two hundred languages. The town has those of France and writes as OpenStreetMap does:
// the rest stays out of the build, which makes it a third. test/unit/opening.test.ts
// runs on what is left.

import type { Plugin } from 'vite';

const country = /^const ([a-z]{2}) = \{\n[\s\S]*?\n\};$/gm;
const languages = /^var crossLocale = \{\n[\s\S]*?\n\};$/m;

/** The library without what no town of France asks of it; fails when it is no longer built as it was. */
export function lighter(code: string): string {
  let left = 0;
  const french = code.replace(country, (whole, name: string) => {
    left += name === 'fr' ? 1 : 0;
    return name === 'fr' ? whole : `const ${name} = {};`;
  });
  if (left !== 1 || !languages.test(french)) throw new Error('opening_hours is not built as opening/plugin.ts expects');
  return french.replace(languages, 'var crossLocale = {};');
}

export function openingHours(): Plugin {
  return {
    name: 'opening-hours',
    enforce: 'pre',
    transform(code, id) {
      return id.includes('opening_hours.esm') ? { code: lighter(code), map: null } : undefined;
    },
  };
}
