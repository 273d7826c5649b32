import type { PromotionPlace } from '@/api/registry'
import { Field, Select } from '@/components/ui/field'

export const PLACES: Record<PromotionPlace, string> = {
  default: 'as the default',
  second: 'beside the default',
}

interface PlaceFieldProps {
  place: PromotionPlace
  onPlace: (place: PromotionPlace) => void
  /** Beside the default there is a place only where there is a default. */
  second: boolean
}

/** Where the version is to go: an approval for one place is none for the other. */
export function PlaceField({ place, onPlace, second }: PlaceFieldProps) {
  return (
    <Field label="Approve it" hint="It counts for this place only.">
      {(props) => (
        <Select {...props} value={place} onChange={({ target }) => onPlace(target.value as PromotionPlace)}>
          <option value="default">{PLACES.default}: tenants run it</option>
          {second && <option value="second">{PLACES.second}: for a canary</option>}
        </Select>
      )}
    </Field>
  )
}
