package photos

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"time"

	"github.com/bep/imagemeta"
	"github.com/gabriel-vasile/mimetype"
	"golang.org/x/image/webp"

	"cartoquartiers/internal/fault"
)

// format is a type of file that is taken.
type format struct {
	mediaType string
	metadata  imagemeta.ImageFormat
	config    func(io.Reader) (image.Config, error)
	decode    func(io.Reader) (image.Image, error)
}

var formats = []format{
	{"image/jpeg", imagemeta.JPEG, jpeg.DecodeConfig, jpeg.Decode},
	{"image/png", imagemeta.PNG, png.DecodeConfig, png.Decode},
	{"image/webp", imagemeta.WebP, webp.DecodeConfig, webp.Decode},
}

// inspect finds out what a file is without decoding it.
func (d *Darkroom) inspect(file []byte) (format, error) {
	if int64(len(file)) > d.limits.Bytes {
		return format{}, TooManyBytes(d.limits)
	}
	found, err := formatOf(file)
	if err != nil {
		return found, err
	}
	config, err := found.config(bytes.NewReader(file))
	if err != nil {
		return found, unreadable(err)
	}
	if config.Width < 1 || config.Height < 1 {
		return found, fault.New(fault.Unreadable, "this picture has no pixels")
	}
	if config.Width > d.limits.Pixels/config.Height {
		return found, fault.New(fault.TooLarge, "a photo has at most %d megapixels; this one is %d × %d pixels", d.limits.Pixels/1_000_000, config.Width, config.Height)
	}
	// Scaling costs memory by the longest side, whatever the area: a line of fifty
	// million pixels would take gigabytes.
	long, short := max(config.Width, config.Height), min(config.Width, config.Height)
	if long > longestSide || long > harmless && long > slimmest*short {
		return found, fault.New(fault.TooLarge, "a photo is at most %d pixels long, and %d times as long as wide", longestSide, slimmest)
	}
	return found, nil
}

const (
	longestSide = 30_000 // pixels
	harmless    = 10_000 // pixels: up to here any form is
	slimmest    = 30     // a panorama of a whole turn is some 10
)

// TooManyBytes is the fault of a file that is larger than the limits.
func TooManyBytes(limits Limits) error {
	return fault.New(fault.TooLarge, "a photo is at most %d MB", limits.Bytes>>20)
}

func unreadable(cause error) error {
	return fault.Wrap(fault.Unreadable, cause, "this picture is broken or incomplete; save it anew, or take another one")
}

// formatOf goes by the first bytes, never by a name or by what the sender says.
func formatOf(file []byte) (format, error) {
	found := mimetype.Detect(file)
	if isAnimated(found, file) {
		return format{}, fault.New(fault.MediaType, "pictures that move are not taken; send one of them alone")
	}
	for _, one := range formats {
		if found.Is(one.mediaType) {
			return one, nil
		}
	}
	name, _, _ := strings.Cut(found.String(), ";")
	if name == "image/heic" || name == "image/heif" || name == "image/heic-sequence" || name == "image/heif-sequence" {
		return format{}, fault.New(fault.MediaType, "photos in HEIC are not taken; on an iPhone choose Settings, Camera, Formats, Most Compatible, or send it as JPEG")
	}
	return format{}, fault.New(fault.MediaType, "photos are JPEG, PNG or WebP, not %s", name)
}

// isAnimated tells animated PNG and WebP (flag A of the chunk VP8X:
// https://developers.google.com/speed/webp/docs/riff_container).
func isAnimated(found *mimetype.MIME, file []byte) bool {
	const flags, animation = 20, 0x02
	return found.Is("image/vnd.mozilla.apng") ||
		found.Is("image/webp") && len(file) > flags && string(file[12:16]) == "VP8X" && file[flags]&animation != 0
}

// maxMetadata bounds the reading of metadata, which nobody needs to see a picture.
const maxMetadata = 2 * time.Second

// told reads the two things that are used of the metadata. What cannot be read is
// as if it were not there.
func told(file []byte, of format) (orientation int, taken string) {
	var tags imagemeta.Tags
	_, _ = imagemeta.Decode(imagemeta.Options{
		R: bytes.NewReader(file), ImageFormat: of.metadata, Sources: imagemeta.EXIF, Timeout: maxMetadata, LimitNumTags: 1000,
		ShouldHandleTag: func(tag imagemeta.TagInfo) bool {
			return tag.Tag == "Orientation" || strings.HasPrefix(tag.Tag, "DateTime")
		},
		HandleTag: func(tag imagemeta.TagInfo) error {
			tags.Add(tag)
			return nil
		},
		Warnf: func(string, ...any) {},
	})
	if tag, known := tags.EXIF()["Orientation"]; known {
		if value, whole := tag.Value.(uint16); whole {
			orientation = int(value)
		}
	}
	// Cameras write local time without a zone, and this day is local too.
	at, err := tags.GetDateTime()
	if err != nil || at.Year() < 1990 { // a camera whose clock was never set
		return orientation, ""
	}
	return orientation, at.Format(time.DateOnly)
}
