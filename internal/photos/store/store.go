package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/gcerrors"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/photos"
)

// Store is an open store, and the darkroom of this node. It may be shared.
type Store struct {
	bucket   *blob.Bucket
	Darkroom *photos.Darkroom
}

// Open opens the store at a URL (https://gocloud.dev/howto/blob: s3://bucket?region=…,
// file:///srv/photos), or, without one, the directory photos below data, which it
// makes. Which schemes of URLs are known is for the program to say, by its imports.
// Faults: Invalid for a URL that cannot be read, Unavailable when the store does not answer.
func Open(ctx context.Context, url, data string) (*Store, error) {
	bucket, err := open(ctx, url, data)
	if err != nil {
		return nil, err
	}
	if there, err := bucket.IsAccessible(ctx); err != nil || !there {
		return nil, errors.Join(fault.Wrap(fault.Unavailable, err, "the store of photos does not answer"), bucket.Close())
	}
	return &Store{bucket, photos.NewDarkroom(photos.UsualLimits)}, nil
}

func open(ctx context.Context, url, data string) (*blob.Bucket, error) {
	if url != "" {
		bucket, err := blob.OpenBucket(ctx, url)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "the address of the store of photos cannot be used; it is like s3://bucket?region=eu-west-3 or file:///srv/photos")
		}
		return bucket, nil
	}
	bucket, err := fileblob.OpenBucket(filepath.Join(data, "photos"), &fileblob.Options{
		CreateDir: true, DirFileMode: 0o700, NoTempDir: true, Metadata: fileblob.MetadataDontWrite,
	})
	if err != nil {
		return nil, fmt.Errorf("open the store of photos: %w", err)
	}
	return bucket, nil
}

// Close lets go of the store.
func (s *Store) Close() error { return s.bucket.Close() }

// NewName is a name for a picture: 128 random bits, in hexadecimal.
func NewName() (string, error) {
	var name [16]byte
	if _, err := rand.Read(name[:]); err != nil {
		return "", fmt.Errorf("name a picture: %w", err)
	}
	return hex.EncodeToString(name[:]), nil
}

// key is where a size of a picture is. A directory of everything would be slow to list.
func key(name string, size int) string {
	return name[:2] + "/" + name + "-" + strconv.Itoa(size) + ".jpg"
}

// keyForm is a key of ours; with a second part, what a write into a directory that was cut left behind.
var keyForm = regexp.MustCompile(`^[0-9a-f]{2}/([0-9a-f]{32})-[0-9]+\.jpg(\.[0-9a-f]+\.tmp)?$`)

// Keep writes all sizes of a picture under a name, or fails; it may then have
// written some. Write the name down where a sweep finds it before calling it.
func (s *Store) Keep(ctx context.Context, name string, picture photos.Picture) error {
	for _, one := range picture.Renditions {
		err := s.bucket.Upload(ctx, key(name, one.Size), bytes.NewReader(one.JPEG), &blob.WriterOptions{ContentType: "image/jpeg"})
		if err != nil {
			return fault.Wrap(fault.Unavailable, err, "the store of photos does not answer")
		}
	}
	return nil
}

// Reader reads one size of a picture; close it. It knows its length in bytes.
type Reader interface {
	io.ReadCloser
	Size() int64
}

// Read opens one size of a picture. Faults: NotFound, Unavailable.
func (s *Store) Read(ctx context.Context, name string, size int) (Reader, error) {
	reader, err := s.bucket.NewReader(ctx, key(name, size), nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, fault.Wrap(fault.NotFound, err, "there is no such photo")
	}
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "the store of photos does not answer")
	}
	return reader, nil
}

// Forget deletes all sizes of a picture; those that are gone already are no fault.
func (s *Store) Forget(ctx context.Context, name string) error {
	for _, size := range photos.Sizes {
		if err := s.bucket.Delete(ctx, key(name, size)); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
			return fmt.Errorf("delete picture %s: %w", name, err)
		}
	}
	return nil
}

// mostSwept is the part of all pictures that Sweep deletes at most: more than that is
// a database that is not of this store, or that is not restored yet.
const mostSwept = 0.1

// Sweep deletes what was written before an instant and is not to stay: pictures
// that keep says no to, and what a write that was cut left behind. What is not
// ours is passed over. It returns how many files went. Faults: Conflict, and nothing
// is deleted, where more than a few, and a tenth of all, would go.
func (s *Store) Sweep(ctx context.Context, before time.Time, keep func(name string) (bool, error)) (gone int, err error) {
	var due []string
	all := 0
	objects := s.bucket.List(nil)
	for {
		object, err := objects.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, fmt.Errorf("list pictures: %w", err)
		}
		found := keyForm.FindStringSubmatch(object.Key)
		if found == nil {
			continue
		}
		all++
		if !object.ModTime.Before(before) {
			continue
		}
		stays := false
		if cut := found[2] != ""; !cut {
			stays, err = keep(found[1])
		}
		if err != nil {
			return 0, err
		}
		if !stays {
			due = append(due, object.Key)
		}
	}
	const few = 30 // ten pictures
	if len(due) > few && float64(len(due)) > mostSwept*float64(all) {
		return 0, fault.New(fault.Conflict, "%d of %d files of photos are unknown to this database: is it the right one? None was deleted", len(due), all)
	}
	for _, key := range due {
		if err := s.bucket.Delete(ctx, key); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
			return gone, fmt.Errorf("delete picture %s: %w", key, err)
		}
		gone++
	}
	return gone, nil
}
