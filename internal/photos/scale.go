package photos

import (
	"image"

	"golang.org/x/image/draw"
)

// scale makes a picture fit a size, never larger than it is.
func scale(picture *image.RGBA, size int) *image.RGBA {
	width, height := Fit(picture.Bounds().Dx(), picture.Bounds().Dy(), size)
	if width == picture.Bounds().Dx() && height == picture.Bounds().Dy() {
		return picture
	}
	scaled := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.CatmullRom.Scale(scaled, scaled.Bounds(), picture, picture.Bounds(), draw.Src, nil)
	return scaled
}

// shrink makes any decoded image a picture on white that fits a size. Large ones
// are first made smaller by a whole factor, strip by strip: scaling 50 megapixels
// at once would take more memory than decoding them.
func shrink(negative image.Image, size int) *image.RGBA {
	bounds := negative.Bounds()
	factor := max(1, max(bounds.Dx(), bounds.Dy())/size)
	factor = min(factor, bounds.Dx(), bounds.Dy()) // a line of one pixel stays a line
	strip := image.NewRGBA(image.Rect(0, 0, bounds.Dx(), factor))
	small := image.NewRGBA(image.Rect(0, 0, bounds.Dx()/factor, bounds.Dy()/factor))
	for y := range small.Bounds().Dy() {
		draw.Draw(strip, strip.Bounds(), image.White, image.Point{}, draw.Src)
		draw.Draw(strip, strip.Bounds(), negative, bounds.Min.Add(image.Pt(0, y*factor)), draw.Over)
		average(small.Pix[y*small.Stride:(y+1)*small.Stride], strip, factor)
	}
	return scale(small, size)
}

// average fills a row with the means of squares of a strip as high as they are.
func average(row []uint8, strip *image.RGBA, side int) {
	area := uint32(side * side)
	for x := 0; x < len(row)/4; x++ {
		var red, green, blue uint32
		for y := range side {
			from := y*strip.Stride + x*side*4
			for at := from; at < from+side*4; at += 4 {
				red, green, blue = red+uint32(strip.Pix[at]), green+uint32(strip.Pix[at+1]), blue+uint32(strip.Pix[at+2])
			}
		}
		row[x*4], row[x*4+1], row[x*4+2], row[x*4+3] = uint8(red/area), uint8(green/area), uint8(blue/area), 255
	}
}

// upright turns and mirrors a picture as its EXIF orientation says (CIPA DC-008,
// 4.6.4, tag 0x0112); 1, and what is none, leave it as it is.
func upright(picture *image.RGBA, orientation int) *image.RGBA {
	width, height := picture.Bounds().Dx(), picture.Bounds().Dy()
	// from tells which pixel of the picture comes to x, y.
	var from func(x, y int) (int, int)
	switch orientation {
	case 2:
		from = func(x, y int) (int, int) { return width - 1 - x, y }
	case 3:
		from = func(x, y int) (int, int) { return width - 1 - x, height - 1 - y }
	case 4:
		from = func(x, y int) (int, int) { return x, height - 1 - y }
	case 5:
		from = func(x, y int) (int, int) { return y, x }
	case 6:
		from = func(x, y int) (int, int) { return y, height - 1 - x }
	case 7:
		from = func(x, y int) (int, int) { return width - 1 - y, height - 1 - x }
	case 8:
		from = func(x, y int) (int, int) { return width - 1 - y, x }
	default:
		return picture
	}
	turned := image.NewRGBA(image.Rect(0, 0, width, height))
	if orientation >= 5 {
		turned = image.NewRGBA(image.Rect(0, 0, height, width))
	}
	for y := range turned.Bounds().Dy() {
		for x := range turned.Bounds().Dx() {
			sx, sy := from(x, y)
			to, source := y*turned.Stride+x*4, sy*picture.Stride+sx*4
			copy(turned.Pix[to:to+4], picture.Pix[source:source+4])
		}
	}
	return turned
}
