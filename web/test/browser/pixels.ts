import type { Page } from 'playwright-core';

/** Height of the row of chips over the head of the map: their dots have the same colours as markers. */
const chips = 56;

/** How many pixels of the map have each of some colours (#rrggbb), give or take a shade. */
export async function coloursOfMap(page: Page, colours: string[]): Promise<number[]> {
  const box = await page.locator('#map').boundingBox();
  if (!box) throw new Error('there is no map');
  const png = await page.screenshot({ clip: { ...box, y: box.y + chips, height: box.height - chips } });
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
