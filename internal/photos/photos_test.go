package photos

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"github.com/gabriel-vasile/mimetype"

	"cartoquartiers/internal/fault"
)

// quarters is a picture of four colours: red and green above, blue and white below.
func quarters(width, height int) *image.RGBA {
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for i, colour := range quarterColours {
		from := image.Pt(i%2*width/2, i/2*height/2)
		part := image.Rectangle{from, from.Add(image.Pt((width+1)/2, (height+1)/2))}
		draw.Draw(picture, part, image.NewUniform(colour), image.Point{}, draw.Src)
	}
	return picture
}

var quarterColours = [4]color.RGBA{{255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255}, {255, 255, 255, 255}}

func asJPEG(t testing.TB, picture image.Image) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := jpeg.Encode(&file, picture, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func asPNG(t testing.TB, picture image.Image) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := png.Encode(&file, picture); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// withEXIF puts a segment APP1 behind the start of a JPEG file: an orientation, a
// date, and a secret in the fields Artist and GPS.
func withEXIF(file []byte, orientation uint16) []byte {
	var tiff bytes.Buffer
	word := func(values ...any) {
		for _, value := range values {
			_ = binary.Write(&tiff, binary.BigEndian, value) // a buffer takes everything
		}
	}
	const artist, date = "Camille Canary\x00", "2026:04:30 23:59:01\x00"
	word([]byte("MM\x00\x2a"), uint32(8), uint16(3))
	word(uint16(0x0112), uint16(3), uint32(1), orientation, uint16(0))
	word(uint16(0x013b), uint16(2), uint32(len(artist)), uint32(8+2+3*12+4))
	word(uint16(0x9003), uint16(2), uint32(len(date)), uint32(8+2+3*12+4+len(artist)))
	word(uint32(0), []byte(artist), []byte(date))
	segment := append([]byte("Exif\x00\x00"), tiff.Bytes()...)
	head := []byte{0xff, 0xd8, 0xff, 0xe1, byte((len(segment) + 2) >> 8), byte(len(segment) + 2)}
	return append(append(head, segment...), file[2:]...)
}

// largestOf decodes the largest picture, and checks what holds for all three.
func largestOf(t testing.TB, picture Picture) image.Image {
	t.Helper()
	var largest image.Image
	for i, one := range picture.Renditions {
		decoded, err := jpeg.Decode(bytes.NewReader(one.JPEG))
		if err != nil {
			t.Fatal(err)
		}
		width, height := Fit(picture.Width, picture.Height, Sizes[i])
		if got := decoded.Bounds().Size(); one.Size != Sizes[i] || got != image.Pt(width, height) {
			t.Errorf("size %d is %v, want %d × %d", one.Size, got, width, height)
		}
		if at := bytes.Index(one.JPEG, []byte{0xff, 0xe1}); at >= 0 && at < 100 || bytes.Contains(one.JPEG, []byte("Canary")) {
			t.Errorf("size %d has metadata", one.Size)
		}
		largest = decoded
	}
	return largest
}

func develop(t testing.TB, file []byte) Picture {
	t.Helper()
	picture, err := NewDarkroom(UsualLimits).Develop(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

// cornersOf tells which quarter is at each corner, left to right, top to bottom.
func cornersOf(picture image.Image) (corners [4]int) {
	size := picture.Bounds().Size()
	for i := range corners {
		red, green, blue, _ := picture.At(size.X/4+size.X/2*(i%2), size.Y/4+size.Y/2*(i/2)).RGBA()
		best := 0
		for k, known := range quarterColours {
			r, g, b, _ := known.RGBA()
			if absolute(red, r)+absolute(green, g)+absolute(blue, b) < 3*6000 {
				best = k
			}
		}
		corners[i] = best
	}
	return corners
}

func absolute(a, b uint32) uint32 { return max(a, b) - min(a, b) }

func TestDevelopTurnsPicturesUpright(t *testing.T) {
	for orientation, want := range map[uint16][4]int{
		0: {0, 1, 2, 3}, 1: {0, 1, 2, 3}, 2: {1, 0, 3, 2}, 3: {3, 2, 1, 0}, 4: {2, 3, 0, 1},
		5: {0, 2, 1, 3}, 6: {2, 0, 3, 1}, 7: {3, 1, 2, 0}, 8: {1, 3, 0, 2}, 9: {0, 1, 2, 3},
	} {
		picture := develop(t, withEXIF(asJPEG(t, quarters(640, 320)), orientation))
		if got := cornersOf(largestOf(t, picture)); got != want {
			t.Errorf("orientation %d: %v, want %v", orientation, got, want)
		}
		if turned := orientation >= 5 && orientation <= 8; turned != (picture.Height > picture.Width) {
			t.Errorf("orientation %d: %d × %d", orientation, picture.Width, picture.Height)
		}
		if picture.Taken != "2026-04-30" {
			t.Errorf("taken %q", picture.Taken)
		}
	}
}

func TestDevelopTakesEveryKindOfPixel(t *testing.T) {
	bounds := image.Rect(0, 0, 100, 60)
	deep, grey, palette := image.NewRGBA64(bounds), image.NewGray16(bounds), image.NewPaletted(bounds, color.Palette{color.White, color.Black})
	cmyk := image.NewCMYK(bounds)
	clear := image.NewNRGBA(bounds) // transparent: shown on white
	for name, file := range map[string][]byte{
		"16 bits": asPNG(t, deep), "grey": asPNG(t, grey), "palette": asPNG(t, palette), "grey JPEG": asJPEG(t, image.NewGray(bounds)),
		"clear": asPNG(t, clear), "CMYK": asJPEG(t, cmyk), "WebP": webpFile(t), "one pixel": asPNG(t, image.NewGray(image.Rect(0, 0, 1, 1))),
		"a line": asPNG(t, image.NewGray(image.Rect(0, 0, 5000, 1))),
	} {
		largest := largestOf(t, develop(t, file))
		red, _, _, _ := largest.At(0, 0).RGBA()
		if name == "clear" && red < 0xf000 {
			t.Error("what is transparent is not white")
		}
	}
}

// webpFile is the smallest lossy WebP picture (https://developers.google.com/speed/webp/faq).
func webpFile(t testing.TB) []byte {
	t.Helper()
	file, err := base64.StdEncoding.DecodeString("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestDevelopMakesLargePicturesSmaller(t *testing.T) {
	t.Parallel()
	picture := develop(t, asJPEG(t, quarters(3900, 650))) // twice as large and a little: in both steps
	if picture.Width != 1920 || picture.Height != 320 {
		t.Errorf("%d × %d", picture.Width, picture.Height)
	}
	if got := cornersOf(largestOf(t, picture)); got != [4]int{0, 1, 2, 3} {
		t.Errorf("corners %v", got)
	}
}

// bomb is a PNG file of a few bytes that says how large it is.
func bomb(width, height uint32) []byte {
	chunk := binary.BigEndian.AppendUint32(nil, 13)
	body := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), width), height)
	body = append(body, 8, 6, 0, 0, 0)
	chunk = append(chunk, body...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(body))
	return append([]byte("\x89PNG\r\n\x1a\n"), chunk...)
}

func TestDevelopRefuses(t *testing.T) {
	photo := asJPEG(t, quarters(640, 320))
	var moving bytes.Buffer
	if err := gif.Encode(&moving, quarters(10, 10), nil); err != nil {
		t.Fatal(err)
	}
	animated := append([]byte("RIFF\x1a\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00"), make([]byte, 6)...)
	for name, one := range map[string]struct {
		file []byte
		kind fault.Kind
		says string
	}{
		"nothing":       {nil, fault.MediaType, "JPEG"},
		"text":          {[]byte("hello"), fault.MediaType, "text/plain"},
		"SVG":           {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), fault.MediaType, "image/svg+xml"},
		"HTML":          {[]byte("<!DOCTYPE html><script>alert(1)</script>"), fault.MediaType, "text/html"},
		"GIF":           {moving.Bytes(), fault.MediaType, "image/gif"},
		"HEIC":          {[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), fault.MediaType, "HEIC"},
		"a moving WebP": {animated, fault.MediaType, "move"},
		"PDF first":     {append([]byte("%PDF-1.4\n"), photo...), fault.MediaType, "pdf"},
		"a PNG bomb":    {bomb(100_000, 100_000), fault.TooLarge, "50 megapixels"},
		"a long line":   {bomb(50_000_000, 1), fault.TooLarge, "pixels long"},
		"a tall line":   {bomb(2, 20_000_000), fault.TooLarge, "pixels long"},
		"a slim strip":  {bomb(20_000, 100), fault.TooLarge, "times as long"},
		"51 megapixels": {bomb(51_000, 1_000), fault.TooLarge, "51000 × 1000"},
		"overflowing":   {bomb(1<<31-1, 1<<31-1), fault.Unreadable, "broken"},
		"no data":       {bomb(10, 10), fault.Unreadable, "broken"},
		"truncated":     {photo[:len(photo)/2], fault.Unreadable, "broken"},
		"only a head":   {photo[:4], fault.Unreadable, "broken"},
		"too heavy":     {append(photo, make([]byte, 15<<20)...), fault.TooLarge, "15 MB"},
	} {
		_, err := NewDarkroom(UsualLimits).Develop(t.Context(), one.file)
		if fault.KindOf(err) != one.kind {
			t.Errorf("%s: %v, want %v", name, err, one.kind)
		} else if !strings.Contains(err.Error(), one.says) {
			t.Errorf("%s: %v does not say %q", name, err, one.says)
		}
	}
}

// What is two things at once is only a picture afterwards.
func TestDevelopLeavesNothingOfTheFile(t *testing.T) {
	payload := []byte("PK\x03\x04<script>alert('Canary')</script>")
	file := append(withEXIF(asJPEG(t, quarters(640, 320)), 1), payload...)
	for _, one := range develop(t, file).Renditions {
		if bytes.Contains(one.JPEG, []byte("script")) || bytes.Contains(one.JPEG, []byte("Canary")) || !mimetype.Detect(one.JPEG).Is("image/jpeg") {
			t.Errorf("size %d holds what was appended", one.Size)
		}
	}
}

func TestDevelopWaitsForItsTurn(t *testing.T) {
	room := NewDarkroom(UsualLimits)
	release, err := room.wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := room.Develop(ctx, asJPEG(t, quarters(64, 32))); !fault.Is(err, fault.Unavailable) {
		t.Errorf("beside another one: %v", err)
	}
	release()
	if _, err := room.Develop(t.Context(), asJPEG(t, quarters(64, 32))); err != nil {
		t.Error(err)
	}
}

// TestCoverDestroysPixels paints over two pictures that differ inside a rectangle
// alone: byte for byte, the same is left of both, in every size.
func TestCoverDestroysPixels(t *testing.T) {
	t.Parallel()
	face, other := quarters(1280, 800), quarters(1280, 800)
	rectangle := Rectangle{X: 0.3, Y: 0.3, Width: 0.1, Height: 0.2}
	for y := 240; y < 400; y++ {
		for x := 384; x < 512; x++ {
			face.Set(x, y, color.RGBA{uint8(x * y), uint8(x), uint8(y), 255})
		}
	}
	room := NewDarkroom(UsualLimits)
	var left [2]Picture
	for i, picture := range []image.Image{face, other} {
		kept := develop(t, asJPEG(t, picture))
		var err error
		if left[i], err = room.Cover(t.Context(), kept.Renditions[len(Sizes)-1].JPEG, []Rectangle{rectangle}); err != nil {
			t.Fatal(err)
		}
		largestOf(t, left[i])
	}
	for i := range Sizes {
		if !bytes.Equal(left[0].Renditions[i].JPEG, left[1].Renditions[i].JPEG) {
			t.Errorf("size %d tells what was painted over", Sizes[i])
		}
	}
	outside := largestOf(t, left[0]).At(100, 100)
	if red, _, _, _ := outside.RGBA(); red < 0xe000 {
		t.Errorf("what is outside has changed: %v", outside)
	}
	if red, green, _, _ := largestOf(t, left[0]).At(448, 320).RGBA(); absolute(red, 0x8080) > 0x300 || absolute(green, 0x8080) > 0x300 {
		t.Error("what is inside is not grey")
	}
}

func TestCheckRectangles(t *testing.T) {
	whole := Rectangle{Width: 1, Height: 1}
	if err := CheckRectangles([]Rectangle{whole, {X: 0.9, Y: 0.7, Width: 0.1, Height: 0.3}}); err != nil {
		t.Error(err)
	}
	nan := 0.0
	nan /= nan
	for _, wrong := range [][]Rectangle{
		nil, {{}}, {{X: -0.1, Width: 0.5, Height: 0.5}}, {{X: 0.6, Width: 0.5, Height: 0.5}}, {{X: nan, Width: 0.5, Height: 0.5}},
		{whole, {Width: nan, Height: 1}}, make([]Rectangle, MaxRectangles+1),
	} {
		if err := CheckRectangles(wrong); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v: %v", wrong, err)
		}
	}
}

// FuzzDevelop feeds the decoders. Small limits keep each step short.
func FuzzDevelop(f *testing.F) {
	photo := asJPEG(f, quarters(64, 32))
	for _, seed := range [][]byte{photo, withEXIF(photo, 6), asPNG(f, quarters(64, 32)), webpFile(f), bomb(10, 10), photo[:300]} {
		f.Add(seed)
	}
	room := NewDarkroom(Limits{Bytes: 1 << 20, Pixels: 1 << 18})
	f.Fuzz(func(t *testing.T, file []byte) {
		picture, err := room.Develop(t.Context(), file)
		if err != nil {
			if fault.KindOf(err) == fault.Internal {
				t.Errorf("no fault: %v", err)
			}
			return
		}
		largestOf(t, picture)
	})
}
