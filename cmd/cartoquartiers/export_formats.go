package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"cartoquartiers/places"
	"cartoquartiers/places/snapshot"
)

func (c exportCommand) encode(ctx context.Context, out io.Writer, view *snapshot.View, filter places.Filter, credit terms) error {
	buffered := bufio.NewWriterSize(out, 256<<10)
	one, end := c.encoder(buffered, credit)
	for row := range view.All(filter) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := one(row.Feature()); err != nil {
			return fmt.Errorf("write place %d: %w", row.ID(), err)
		}
	}
	if err := end(); err != nil {
		return err
	}
	return buffered.Flush()
}

// encoder writes the head of a format, and gives what writes one feature and the end.
func (c exportCommand) encoder(out *bufio.Writer, credit terms) (one func([]byte) error, end func() error) {
	switch c.Format {
	case "csv":
		return csvEncoder(out)
	case "geojsonl":
		return func(feature []byte) error { _, err := out.Write(append(slices.Clip(feature), '\n')); return err },
			func() error { return nil }
	}
	return geojsonEncoder(out, credit)
}

func csvEncoder(out io.Writer) (one func([]byte) error, end func() error) {
	rows := csv.NewWriter(out)
	headed := rows.Write(places.CSVHeader)
	one = func(feature []byte) error {
		record, err := places.CSVRecord(feature)
		if err != nil {
			return err
		}
		return rows.Write(record)
	}
	return one, func() error { rows.Flush(); return errors.Join(headed, rows.Error()) }
}

// geojsonEncoder writes one FeatureCollection (RFC 7946) with the terms as foreign members.
func geojsonEncoder(out *bufio.Writer, credit terms) (one func([]byte) error, end func() error) {
	head, failed := json.Marshal(credit)
	separator := `{"type":"FeatureCollection",` + strings.TrimSuffix(strings.TrimPrefix(string(head), "{"), "}") + ",\"features\":[\n"
	one = func(feature []byte) error {
		_, err := out.WriteString(separator)
		separator = ",\n"
		return errors.Join(err, second(out.Write(feature)))
	}
	end = func() error {
		tail := "\n]}\n"
		if separator != ",\n" {
			tail = separator + "]}\n" // nothing was found
		}
		return errors.Join(failed, second(out.WriteString(tail)))
	}
	return one, end
}

func second(_ int, err error) error { return err }
