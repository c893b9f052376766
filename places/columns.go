package places

import (
	"encoding/binary"
)

// column is a one-dimensional array as PostgreSQL receives it (array_recv),
// written as its elements come. pgx would make the same of a slice, but through
// an interface for each element and a buffer that grows from nothing each time,
// which was a tenth of what an import cost.
type column struct {
	element uint32 // the type's oid
	rows    int32
	nulls   int32 // 1 when there are any
	data    []byte
}

// columnHeader is: dimensions, nulls, element type, length, lower bound.
const columnHeader = 5 * 4

// newColumn makes room for rows of about so many bytes.
func newColumn(element uint32, rows, each int) *column {
	return &column{element: element, data: make([]byte, columnHeader, columnHeader+rows*(4+each))}
}

// reset empties the column and keeps its room.
func (c *column) reset() { c.rows, c.nulls, c.data = 0, 0, c.data[:columnHeader] }

func (c *column) add(size int) {
	c.rows++
	c.data = binary.BigEndian.AppendUint32(c.data, uint32(size))
}

func (c *column) text(value string) {
	c.add(len(value))
	c.data = append(c.data, value...)
}

func (c *column) bytes(value []byte) {
	c.add(len(value))
	c.data = append(c.data, value...)
}

// orNull writes nil as null.
func (c *column) orNull(value []byte) {
	if value == nil {
		c.add(-1)
		c.nulls = 1
		return
	}
	c.bytes(value)
}

func (c *column) bigint(value int64) {
	c.add(8)
	c.data = binary.BigEndian.AppendUint64(c.data, uint64(value))
}

func (c *column) integer(value int32) {
	c.add(4)
	c.data = binary.BigEndian.AppendUint32(c.data, uint32(value))
}

// binary is the array, valid until the column changes.
func (c *column) binary() []byte {
	header := c.data[:0]
	for _, word := range [...]int32{1, c.nulls, int32(c.element), c.rows, 1} {
		header = binary.BigEndian.AppendUint32(header, uint32(word))
	}
	return c.data
}
