package snapshot

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// copyStream cuts the bytes of COPY … (format binary) into rows, whatever pieces
// they come in. Format: PostgreSQL manual, COPY, "Binary Format".
type copyStream struct {
	row     func(columns [][]byte) error
	rest    []byte
	columns [][]byte
	started bool
	ended   bool
}

var copySignature = []byte("PGCOPY\n\xff\r\n\x00")

// Write takes the next piece; row's columns point into it.
func (c *copyStream) Write(piece []byte) (int, error) {
	data := piece
	if len(c.rest) > 0 {
		c.rest = append(c.rest, piece...)
		data = c.rest
	}
	for {
		used, err := c.next(data)
		if err != nil {
			return 0, err
		}
		if used == 0 {
			break
		}
		data = data[used:]
	}
	c.rest = append(c.rest[:0], data...)
	return len(piece), nil
}

// next reads the header or one row; 0 used bytes means that more are needed.
func (c *copyStream) next(data []byte) (used int, err error) {
	if !c.started {
		return c.header(data)
	}
	if c.ended || len(data) < 2 {
		return 0, nil
	}
	count := int(int16(binary.BigEndian.Uint16(data)))
	if count < 0 {
		c.ended = true
		return 2, nil
	}
	used = 2
	c.columns = c.columns[:0]
	for range count {
		if len(data) < used+4 {
			return 0, nil
		}
		size := int(int32(binary.BigEndian.Uint32(data[used:])))
		used += 4
		if size < 0 {
			c.columns = append(c.columns, nil)
			continue
		}
		if len(data) < used+size {
			return 0, nil
		}
		c.columns = append(c.columns, data[used:used+size])
		used += size
	}
	return used, c.row(c.columns)
}

func (c *copyStream) header(data []byte) (used int, err error) {
	const fixed = 11 + 4 + 4
	if len(data) < fixed {
		return 0, nil
	}
	if !bytes.Equal(data[:11], copySignature) {
		return 0, errors.New("COPY did not begin with its signature")
	}
	used = fixed + int(binary.BigEndian.Uint32(data[15:]))
	if len(data) < used {
		return 0, nil
	}
	c.started = true
	return used, nil
}
