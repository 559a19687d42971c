// Comparing screenshots.

/** The share of pixels that differ visibly between two pictures, computed in a page. */
export const difference = (page, one, other) => page.evaluate(async (images) => {
  const [a, b] = await Promise.all(images.map(async (image) => {
    const picture = await createImageBitmap(await (await fetch(`data:image/png;base64,${image}`)).blob());
    const context = new OffscreenCanvas(picture.width, picture.height).getContext('2d');
    context.drawImage(picture, 0, 0);
    return context.getImageData(0, 0, picture.width, picture.height).data;
  }));
  if (a.length !== b.length) return 1;
  let differing = 0;
  for (let i = 0; i < a.length; i += 4) {
    if (Math.max(Math.abs(a[i] - b[i]), Math.abs(a[i + 1] - b[i + 1]), Math.abs(a[i + 2] - b[i + 2])) > 24) differing += 1;
  }
  return differing / (a.length / 4);
}, [one, other].map((image) => image.toString('base64')));
