package osm

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"pgregory.net/rapid"
)

// A column read eight bytes at a time is the one read value by value, whatever
// its bytes and however large the chunks.
func TestFillReadsWhatNextReads(t *testing.T) {
	value := rapid.Custom(func(t *rapid.T) uint64 { // of any length
		return rapid.Uint64().Draw(t, "bits") >> rapid.IntRange(0, 63).Draw(t, "shift")
	})
	rapid.Check(t, func(t *rapid.T) {
		var data []byte
		for _, v := range rapid.SliceOf(value).Draw(t, "values") {
			data = protowire.AppendVarint(data, v)
		}
		data = append(data, rapid.SliceOfN(rapid.Byte(), 0, 12).Draw(t, "damage")...)
		one, many := varints{rest: data}, varints{rest: data}
		var want, got []int64
		for one.more() {
			want = append(want, int64(one.next()))
		}
		for many.more() {
			chunk := make([]int64, rapid.IntRange(1, 20).Draw(t, "chunk"))
			got = append(got, chunk[:many.fill(chunk)]...)
		}
		if !slices.Equal(got, want) || one.bad != many.bad {
			t.Fatalf("%x: got %v, want %v; bad %v, want %v", data, got, want, many.bad, one.bad)
		}
	})
}

func TestDeltasAddUpAcrossChunks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOf(rapid.Int64()).Draw(t, "values")
		var data []byte
		last := int64(0)
		for _, v := range want {
			data, last = protowire.AppendVarint(data, protowire.EncodeZigZag(v-last)), v
		}
		column := deltas{varints: varints{rest: data}}
		got := make([]int64, 0, len(want))
		for column.more() {
			chunk := make([]int64, rapid.IntRange(1, 9).Draw(t, "chunk"))
			got = append(got, chunk[:column.fill(chunk)]...)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}
