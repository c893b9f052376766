package inflate

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
)

func pack(t testing.TB, plain []byte, level int) []byte {
	t.Helper()
	var out bytes.Buffer
	writer, err := zlib.NewWriterLevel(&out, level)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := writer.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// samples are texts that make each kind of block and code.
func samples() map[string][]byte {
	random := rand.New(rand.NewPCG(5, 6))
	noise, skewed := make([]byte, 100_000), make([]byte, 200_000)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	for i := range skewed { // long codes: each byte half as likely as the one before
		for skewed[i] < 40 && random.IntN(2) == 0 {
			skewed[i]++
		}
	}
	far := append(bytes.Clone(noise[:32_000]), noise[:32_000]...)
	return map[string][]byte{
		"empty": {}, "one": {7}, "short": []byte("amenity=bench"), "zeros": make([]byte, 300_000),
		"noise": noise, "skewed": skewed, "far": far, "period 3": bytes.Repeat([]byte("abc"), 5_000),
	}
}

func TestZlibUnpacksWhatZlibPacked(t *testing.T) {
	var d Decoder
	for name, plain := range samples() {
		for level := zlib.HuffmanOnly; level <= zlib.BestCompression; level++ {
			got := make([]byte, len(plain))
			if err := d.Zlib(got, pack(t, plain, level)); err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%s, level %d: %v", name, level, err)
			}
		}
	}
}

func TestZlibRefusesOtherSizes(t *testing.T) {
	var d Decoder
	for name, plain := range samples() {
		packed := pack(t, plain, 6)
		if err := d.Zlib(make([]byte, len(plain)+1), packed); !errors.Is(err, ErrSize) {
			t.Errorf("%s, one more: %v", name, err)
		}
		if len(plain) > 0 {
			if err := d.Zlib(make([]byte, len(plain)-1), packed); !errors.Is(err, ErrSize) {
				t.Errorf("%s, one less: %v", name, err)
			}
		}
		for range 20 {
			cut := rand.IntN(len(packed))
			if err := d.Zlib(make([]byte, len(plain)), packed[:cut]); err == nil {
				t.Errorf("%s: cut at %d of %d passes", name, cut, len(packed))
			}
		}
	}
}

// FuzzZlib compares with the standard library on anything: both refuse, or
// both give the same bytes.
func FuzzZlib(f *testing.F) {
	for _, plain := range samples() {
		if len(plain) < 10_000 {
			f.Add(pack(f, plain, 9), len(plain))
			f.Add(pack(f, plain, 0), len(plain))
		}
	}
	f.Fuzz(func(t *testing.T, packed []byte, size int) {
		if size < 0 || size > 1<<20 {
			return
		}
		var d Decoder
		got := make([]byte, size)
		err := d.Zlib(got, packed)
		want, wantErr := standard(packed, size)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%v, the standard library %v", err, wantErr)
		}
		if err == nil && !bytes.Equal(got, want) {
			t.Fatal("other bytes than the standard library's")
		}
	})
}

func standard(packed []byte, size int) ([]byte, error) {
	reader, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.LimitReader(reader, int64(size)+1))
	if err == nil && len(out) != size {
		err = ErrSize
	}
	return out, err
}

func BenchmarkZlib(b *testing.B) {
	plain := samples()["skewed"]
	packed := pack(b, plain, 6)
	out := make([]byte, len(plain))
	b.Run("inflate", func(b *testing.B) {
		var d Decoder
		b.SetBytes(int64(len(plain)))
		for b.Loop() {
			if err := d.Zlib(out, packed); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("standard", func(b *testing.B) {
		b.SetBytes(int64(len(plain)))
		for b.Loop() {
			if _, err := standard(packed, len(plain)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
