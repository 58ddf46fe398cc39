package ledger

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// migrate brings the schema up to date, once, however many processes try.
func (d *database) migrate(ctx context.Context, log *slog.Logger) error {
	unlock, err := d.lock(ctx)
	if err != nil {
		return fmt.Errorf("wait for others that open it: %w", err)
	}
	defer unlock()
	if err := d.begin(ctx); err != nil {
		return err
	}
	dialect := map[string]goose.Dialect{"sqlite": goose.DialectSQLite3, "postgres": goose.DialectPostgres}[d.dialect]
	sub, err := fs.Sub(migrations, "migrations/"+d.dialect)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(dialect, d.safe, sub, goose.WithTableName("footnote_schema"), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	has, err := p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	sources := p.ListSources()
	knows := sources[len(sources)-1].Version
	if has > knows {
		return fmt.Errorf("a newer footnote made it (schema %d; this one knows %d): install that version or a later one", has, knows)
	}
	done, err := p.Up(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if len(done) > 0 {
		log.Info("ledger migrated", "from", has, "to", knows)
	}
	return nil
}
