package inflate_test

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"encoding/binary"
	"hash/adler32"
	"io"
	"math/rand/v2"
	"testing"

	"cartoquartiers/internal/inflate"
)

func packed(t testing.TB, plain []byte, level int) []byte {
	t.Helper()
	var to bytes.Buffer
	writer, err := zlib.NewWriterLevel(&to, level)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := writer.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return to.Bytes()
}

// someText mixes what repeats near and far with what does not.
func someText(random *rand.Rand, length int) []byte {
	text := make([]byte, 0, length+300)
	for len(text) < length {
		switch random.IntN(3) {
		case 0:
			text = append(text, byte(random.ExpFloat64()*20))
		case 1:
			text = append(text, bytes.Repeat([]byte{byte(random.IntN(256))}, 1+random.IntN(20))...)
		default:
			if from := len(text) - 1 - int(random.ExpFloat64()*500); from >= 0 {
				text = append(text, text[from:min(len(text), from+3+random.IntN(260))]...)
			}
		}
	}
	return text[:length]
}

func TestUnpacksWhatZlibPacked(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var d inflate.Decoder
	for _, length := range []int{0, 1, 7, 8, 9, 258, 300, 4_000, 70_000, 300_000} {
		plain := someText(random, length)
		for _, level := range []int{zlib.HuffmanOnly, zlib.NoCompression, zlib.BestSpeed, zlib.BestCompression} {
			stream := packed(t, plain, level)
			got := make([]byte, length)
			if err := d.Zlib(got, append(stream, "more"...)); err != nil || !bytes.Equal(got, plain) {
				t.Fatalf("%d bytes at level %d: %v, the same: %t", length, level, err, bytes.Equal(got, plain))
			}
			if d.Zlib(make([]byte, length+1), stream) == nil || length > 0 && d.Zlib(make([]byte, length-1), stream) == nil {
				t.Fatalf("%d bytes at level %d are taken for one more or less", length, level)
			}
		}
	}
}

// agree compares with the standard library, which reads the same streams.
func agree(t *testing.T, stream []byte, length int) {
	t.Helper()
	got := make([]byte, length)
	err := new(inflate.Decoder).Zlib(got, stream)
	want, wantErr := unpacked(stream, length)
	if (err == nil) != (wantErr == nil && len(want) == length) {
		t.Fatalf("%x: %v here, %d bytes of %d and %v there", stream, err, len(want), length, wantErr)
	}
	if err == nil && !bytes.Equal(got, want) {
		t.Fatalf("%x: %x here, %x there", stream, got, want)
	}
}

func unpacked(stream []byte, length int) ([]byte, error) {
	reader, err := zlib.NewReader(bytes.NewReader(stream))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(reader, int64(length)+1))
}

func TestDamagedIsDamaged(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	plain := someText(random, 600)
	for _, level := range []int{zlib.HuffmanOnly, zlib.NoCompression, zlib.BestSpeed, zlib.BestCompression} {
		stream := packed(t, plain, level)
		for end := range stream {
			agree(t, stream[:end], len(plain))
			for bit := range 8 {
				flipped := bytes.Clone(stream)
				flipped[end] ^= 1 << bit
				agree(t, flipped, len(plain))
			}
		}
	}
}

// The checksum hides from a fuzzer what a stream unpacks to: it is made afterwards.
func FuzzAgreesWithTheStandardLibrary(f *testing.F) {
	random := rand.New(rand.NewPCG(5, 6))
	for _, level := range []int{zlib.HuffmanOnly, zlib.NoCompression, zlib.BestSpeed, zlib.BestCompression} {
		stream := packed(f, someText(random, 200), level)
		f.Add(stream[2 : len(stream)-4])
	}
	f.Add([]byte{3, 0})
	f.Fuzz(func(t *testing.T, body []byte) {
		rest := bytes.NewReader(body)
		plain, err := io.ReadAll(io.LimitReader(flate.NewReader(rest), 1<<20))
		stream := append([]byte{0x78, 0x9c}, body[:len(body)-rest.Len()]...)
		stream = binary.BigEndian.AppendUint32(stream, adler32.Checksum(plain))
		got := make([]byte, len(plain))
		ours := new(inflate.Decoder).Zlib(got, stream)
		if len(plain) < 1<<20 && ((ours == nil) != (err == nil) || err == nil && !bytes.Equal(got, plain)) {
			t.Fatalf("%x: %v and %x here, %v and %x there", body, ours, got, err, plain)
		}
	})
}
