package photos

import (
	"image"
	"image/color"

	"golang.org/x/image/draw"

	"cartoquartiers/internal/fault"
)

// Rectangle is a part of a picture, in fractions of its width and height from its
// upper left corner, 0 to 1.
type Rectangle struct {
	X      float64 `json:"x" doc:"Left side, as a fraction of the width"`
	Y      float64 `json:"y" doc:"Upper side, as a fraction of the height"`
	Width  float64 `json:"width" doc:"As a fraction of the width"`
	Height float64 `json:"height" doc:"As a fraction of the height"`
}

// MaxRectangles is how many parts of a picture can be painted over at once.
const MaxRectangles = 50

// CheckRectangles refuses, with an Invalid fault that names each, rectangles that
// are not in the picture, and none or too many of them.
func CheckRectangles(rectangles []Rectangle) error {
	if len(rectangles) == 0 || len(rectangles) > MaxRectangles {
		return fault.InvalidField("/rectangles", "from 1 to %d rectangles", MaxRectangles)
	}
	for i, one := range rectangles {
		if !one.inPicture() {
			return fault.InvalidField("/rectangles", "rectangle %d is not in the picture: x, y, width and height are fractions from 0 to 1", i+1)
		}
	}
	return nil
}

// inPicture is false for what is no number, too.
func (r Rectangle) inPicture() bool {
	const slack = 1e-9 // of sums that should be 1
	return r.X >= 0 && r.Y >= 0 && r.Width > 0 && r.Height > 0 && r.X+r.Width <= 1+slack && r.Y+r.Height <= 1+slack
}

// block is the side, in pixels, of what a JPEG file keeps together (ITU-T T.81,
// A.2.3, with colours at half resolution): around a rectangle, traces of what was in
// it go as far as its blocks do.
const block = 16

// paintOver fills every block that a rectangle touches with grey: nothing is left
// of what was there, whatever it was. Softer blurs can be undone, and pixelated
// faces be recognised (https://arxiv.org/abs/1609.00408).
func paintOver(picture *image.RGBA, r Rectangle) {
	width, height := float64(picture.Bounds().Dx()), float64(picture.Bounds().Dy())
	part := image.Rect(
		down(r.X*width), down(r.Y*height),
		down((r.X+r.Width)*width)+block, down((r.Y+r.Height)*height)+block,
	)
	draw.Draw(picture, part, image.NewUniform(color.Gray{Y: 128}), image.Point{}, draw.Src)
}

// down is the side of the block that a coordinate lies in.
func down(at float64) int { return int(at) / block * block }
