package rag

import (
	"context"
	"fmt"
	"math/big"
	"strings"

	"retable/internal/retable"
)

// share says "25 % of ...", of rows or of a sum.
func (c *composer) share(f *frame, row []any, where string) (string, *frame) {
	within := ""
	if f.other != nil {
		within = f.other.describe()
	}
	cited, _ := f.behindGroups()
	part, all := textOf(row[0]), textOf(row[1])
	percents, ok := percentOf(part, all)
	switch {
	case f.measure == nil && !ok:
		return fmt.Sprintf("There are no rows in %s%s, so there is no share", code(f.base.label), within), cited
	case f.measure == nil:
		return fmt.Sprintf("**%s %%** of the rows in %s%s: %s of %s%s", percents, code(f.base.label), within,
			grouped3(part), grouped3(all), where), cited
	case all == "":
		return fmt.Sprintf("There is no value of %s in %s%s, so there is no share", code(f.measure.name), code(f.base.label), within), cited
	case !ok:
		return fmt.Sprintf("The total %s in %s%s is 0, so there is no share", code(f.measure.name), code(f.base.label), within), cited
	}
	if part == "" {
		part = "0"
	}
	return fmt.Sprintf("**%s %%** of the total %s in %s%s: %s of %s%s", percents, code(f.measure.name), code(f.base.label), within,
		figureText(part), figureText(all), where), cited
}

// negative warns where a share of a sum can be less than nothing or more than
// all.
func (c *composer) negative(f *frame, least any) error {
	n, ok := parseNumber(textOf(least))
	if !ok || n.Sign() >= 0 {
		return nil
	}
	return c.warn(fmt.Sprintf("Some values of `%s` are negative, so shares of their total can lie below 0 or above 100 %%.", f.measure.name))
}

// percentOf is a share in per cent with two decimals at most, rounded half
// away from zero; ok is false where there is nothing to have a share of.
func percentOf(part, all string) (text string, ok bool) {
	whole, ok := parseNumber(all)
	if !ok || whole.Sign() == 0 {
		return "", false
	}
	some, ok := parseNumber(part)
	if !ok {
		some = new(big.Rat) // no row fulfils the condition: there is no sum
	}
	some.Mul(some.Quo(some, whole), big.NewRat(100, 1))
	text = some.FloatString(2)
	if strings.Trim(text, "-0.") == "" {
		return "0", true
	}
	return strings.TrimSuffix(strings.TrimRight(text, "0"), "."), true
}

// shares appends each group's share: of the whole, or the part of the group
// that fulfils the condition.
func (c *composer) shares(ctx context.Context, f *frame, res *result) error {
	whole := ""
	if f.other == nil {
		n := 0
		s := newScope(f.base, &n)
		figure := "count(*)"
		least := "0"
		if f.measure != nil {
			figure, least = "dec_sum("+s.number(f.measure)+")", s.figure("min", f.measure)
		}
		where := s.where(f.where)
		sum, err := f.session.query(ctx, "SELECT "+figure+", "+least+s.from()+where)
		if err != nil {
			return err
		}
		if len(sum.rows) != 1 {
			return retable.Errorf(retable.Internal, "A figure came back as %d rows.", len(sum.rows))
		}
		if whole = textOf(sum.rows[0][0]); f.measure != nil {
			if err := c.negative(f, sum.rows[0][1]); err != nil {
				return err
			}
		}
	}
	for i, r := range res.rows {
		part, all := textOf(r[len(r)-1]), whole
		if f.other != nil {
			part, all = textOf(r[len(r)-2]), textOf(r[len(r)-1])
		}
		percents, ok := percentOf(part, all)
		if !ok {
			percents = ""
		}
		res.rows[i] = append(r, percents)
	}
	return nil
}

// percentHeader says of what the last column's figures are per cent.
func (f *frame) percentHeader() string {
	if f.other != nil {
		return "% of the group"
	}
	return "% of all"
}

// shareTitle names what the groups of a share are of.
func (f *frame) shareTitle() string {
	whole := "the rows in " + code(f.base.label)
	part := "those"
	if f.measure != nil {
		whole, part = "the total "+code(f.measure.name)+" in "+code(f.base.label), "that of the rows"
	}
	if f.other == nil {
		return strings.ToUpper(whole[:1]) + whole[1:]
	}
	return "Of " + whole + f.other.describe() + ", " + part + f.describe() + ","
}

// behindGroups are the rows behind a figure: of a share, those that are
// counted.
func (f *frame) behindGroups() (*frame, *node) {
	extra := f.inGroups()
	if f.kind != askShare {
		return f, extra
	}
	cited := *f
	if f.other != nil {
		cited.where, cited.other = allOf(f.where, f.other.where), nil
	}
	if f.measure != nil {
		extra = filled(f.measure)
	}
	return &cited, extra
}
