package main

import (
	"context"

	_ "gocloud.dev/blob/s3blob" // s3:// in --photos-url; file:// comes with the store itself
)

// sweepStore deletes photos that the database knows nothing of.
func (s *server) sweepStore(ctx context.Context) error {
	gone, err := s.road.SweepStore(ctx, s.database.Pool, s.clock())
	if gone > 0 {
		s.logger.WarnContext(ctx, "files of photos that the database does not know were deleted", "files", gone)
	}
	return err
}
