package photos

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"

	"golang.org/x/image/draw"

	"cartoquartiers/internal/fault"
)

// Sizes are the longest sides of the three pictures that are kept, in pixels: a
// row of a list, a page on a phone, a page on a large screen. A picture that is
// smaller stays as small as it is.
var Sizes = [3]int{320, 960, 1920}

// Largest is the last of Sizes.
const Largest = 1920

// Limits bound what is read.
type Limits struct {
	Bytes  int64
	Pixels int // width × height
}

// UsualLimits are 15 MB and 50 megapixels: what the cameras of today's phones make.
var UsualLimits = Limits{Bytes: 15 << 20, Pixels: 50_000_000}

// Darkroom develops one picture at a time, because decoded pictures are large:
// some 300 MB at 50 megapixels, twice that for a progressive JPEG.
type Darkroom struct {
	limits    Limits
	turn      chan struct{}
	receiving chan struct{}
	spoilt    spoilt
}

// maxReceiving is how many files are in memory at a time, from their first byte until
// they are developed.
const maxReceiving = 4

// NewDarkroom makes one. A node needs one alone.
func NewDarkroom(limits Limits) *Darkroom {
	return &Darkroom{limits: limits, turn: make(chan struct{}, 1), receiving: make(chan struct{}, maxReceiving)}
}

// Limits are those that it was made with.
func (d *Darkroom) Limits() Limits { return d.limits }

// Receive takes a place for a file that is about to be read; release it when the
// picture is developed, or was refused. Faults: Unavailable when all are taken.
func (d *Darkroom) Receive() (release func(), err error) {
	select {
	case d.receiving <- struct{}{}:
		return func() { <-d.receiving }, nil
	default:
		return nil, fault.New(fault.Unavailable, "many photos are being received at this moment; try again in a minute")
	}
}

// Picture is what is kept of a file.
type Picture struct {
	Renditions    [len(Sizes)]Rendition // in the order of Sizes
	Width, Height int                   // of the largest, in pixels
	Taken         string                // the day, YYYY-MM-DD, as the camera said; empty where it did not
}

// Rendition is a picture in one of the sizes.
type Rendition struct {
	Size int // the longest side that was asked for: one of Sizes
	JPEG []byte
}

// Develop reads a JPEG, PNG or WebP file and makes the three pictures: upright
// (the EXIF orientation is applied), on white where it was transparent, in
// eight bits a colour. It waits for its turn.
//
// Faults: MediaType for any other type, and for pictures that move; TooLarge
// beyond the limits; Unreadable where the file is broken; Unavailable when ctx ends
// while it waits.
func (d *Darkroom) Develop(ctx context.Context, file []byte) (Picture, error) {
	format, err := d.inspect(file)
	if err != nil {
		return Picture{}, err
	}
	release, err := d.wait(ctx)
	if err != nil {
		return Picture{}, err
	}
	defer release()
	negative, err := format.decode(bytes.NewReader(file))
	if err != nil {
		return Picture{}, unreadable(err)
	}
	orientation, taken := told(file, format)
	largest := upright(shrink(negative, Largest), orientation)
	picture, err := print3(largest)
	picture.Taken = taken
	return picture, err
}

// Cover makes the three pictures again with some rectangles painted over. It is
// given the largest picture, as it was kept. Faults as of Develop.
func (d *Darkroom) Cover(ctx context.Context, largest []byte, rectangles []Rectangle) (Picture, error) {
	release, err := d.wait(ctx)
	if err != nil {
		return Picture{}, err
	}
	defer release()
	decoded, err := jpeg.Decode(bytes.NewReader(largest))
	if err != nil {
		return Picture{}, unreadable(err)
	}
	canvas := image.NewRGBA(image.Rect(0, 0, decoded.Bounds().Dx(), decoded.Bounds().Dy()))
	draw.Draw(canvas, canvas.Bounds(), decoded, decoded.Bounds().Min, draw.Src)
	for _, one := range rectangles {
		paintOver(canvas, one)
	}
	return print3(canvas)
}

func (d *Darkroom) wait(ctx context.Context) (release func(), err error) {
	select {
	case d.turn <- struct{}{}:
		return func() { <-d.turn }, nil
	case <-ctx.Done():
		return nil, fault.Wrap(fault.Unavailable, ctx.Err(), "many photos are being received at this moment; try again in a minute")
	}
}

// quality is that of the JPEG files: beyond it they grow faster than they gain.
const quality = 82

// print3 writes the pictures of all sizes; the smaller are made from the largest.
func print3(largest *image.RGBA) (picture Picture, err error) {
	bounds := largest.Bounds()
	picture.Width, picture.Height = bounds.Dx(), bounds.Dy()
	for i, size := range Sizes {
		var file bytes.Buffer
		if err := jpeg.Encode(&file, scale(largest, size), &jpeg.Options{Quality: quality}); err != nil {
			return picture, err
		}
		picture.Renditions[i] = Rendition{size, file.Bytes()}
	}
	return picture, nil
}

// Fit is how large a picture is in one of the sizes, in pixels. It is never made larger.
func Fit(width, height, size int) (fitWidth, fitHeight int) {
	longest := max(width, height)
	if longest <= size {
		return width, height
	}
	return max(1, (width*size+longest/2)/longest), max(1, (height*size+longest/2)/longest)
}
