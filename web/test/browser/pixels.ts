import type { Page } from 'playwright-core';

/** How many pixels of an element have each of some colours (#rrggbb), give or take a shade. */
export async function coloursIn(page: Page, selector: string, colours: string[]): Promise<number[]> {
  const png = await page.locator(selector).first().screenshot();
  // Decoded in a page of nowhere: the policy of ours would rightly refuse the data: address.
  const blank = await page.context().newPage();
  const counts = await blank.evaluate(
    async ({ data, wanted }) => {
      const image = new Image();
      image.src = `data:image/png;base64,${data}`;
      await image.decode();
      const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
      context?.drawImage(image, 0, 0);
      const pixels = context?.getImageData(0, 0, image.width, image.height).data ?? new Uint8ClampedArray();
      return wanted.map(([red = 0, green = 0, blue = 0]) => {
        let count = 0;
        for (let i = 0; i < pixels.length; i += 4) {
          const near = (at: number, value: number) => Math.abs((pixels[at] ?? 0) - value) <= 2;
          if (near(i, red) && near(i + 1, green) && near(i + 2, blue)) count++;
        }
        return count;
      });
    },
    {
      data: png.toString('base64'),
      wanted: colours.map((colour) => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16))),
    },
  );
  await blank.close();
  return counts;
}
