import 'reflect-metadata';
import { REQUEST_FIELDS } from '../../../src/core/request/raw-request.js';
import { MetricRequestDto } from '../../../src/requests/metric-request.dto.js';

describe('the documented body of POST /requests', () => {
  it('has exactly the fields that are read', () => {
    const documented: string[] = Reflect.getMetadata('swagger/apiModelPropertiesArray', MetricRequestDto.prototype);
    expect(documented.map((name) => name.slice(1)).toSorted()).toEqual([...REQUEST_FIELDS].toSorted());
  });
});
