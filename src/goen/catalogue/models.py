"""Masters of the goods. Dated rows carry `valid_from` only: the latest not after a day applies."""

from django.db import models

from goen.kit.fields import Numeric, Xid8Field
from goen.places.models import Entity


class Category(models.Model):
    """A department of goods, in a tree."""

    code = models.TextField(unique=True)
    name = models.JSONField()
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")


class Product(models.Model):
    """A style: what a shopper calls one thing, in one or more SKUs."""

    code = models.TextField(unique=True)
    name = models.JSONField()
    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="+")
    xid = Xid8Field()

    class Meta:
        indexes = (models.Index(fields=["xid"], name="catalogue_product_xid"),)


class Sku(models.Model):
    """What is counted and sold. Quantities are integers of its smallest `unit`."""

    code = models.TextField(unique=True)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    name = models.JSONField()
    unit = models.TextField(default="piece")
    age20 = models.BooleanField(default=False)
    search = models.TextField(default="")


class Barcode(models.Model):
    """A printed code of an SKU: several per SKU, from a day on."""

    code = models.TextField()
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["code", "sku"], name="catalogue_barcode_once"),
        )


class PriceList(models.Model):
    """A list of prices of one company in one currency, with or without tax."""

    code = models.TextField(unique=True)
    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="+")
    currency = models.TextField()
    tax_included = models.BooleanField()


class Price(models.Model):
    """What one unit costs the shopper from a day on."""

    price_list = models.ForeignKey(PriceList, on_delete=models.PROTECT, related_name="+")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField()
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["sku", "price_list", "valid_from"], name="catalogue_price_key"
            ),
            models.CheckConstraint(
                condition=models.Q(amount_minor__gte=0), name="catalogue_price_positive"
            ),
        )


class TaxRate(models.Model):
    """The rate of a tax class from a day on, in basis points (8 % is 800).

    `zero` is taxable at 0 %; `exempt` and `outside` are not taxable at all: three classes.
    """

    tax_class = models.TextField()
    valid_from = models.DateField()
    rate_bp = models.IntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["tax_class", "valid_from"], name="catalogue_taxrate_key"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    tax_class__in=["standard", "reduced", "zero", "exempt", "outside"]
                ),
                name="catalogue_taxrate_class",
            ),
            models.CheckConstraint(
                condition=models.Q(rate_bp__gte=0, rate_bp__lte=10000),
                name="catalogue_taxrate_bounds",
            ),
        )


class SkuTax(models.Model):
    """The tax class of an SKU from a day on."""

    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField()
    tax_class = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["sku", "valid_from"], name="catalogue_skutax_key"),
        )


class Cost(models.Model):
    """What one unit cost us, without tax, from a day on."""

    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField()
    unit_cost = Numeric()
    currency = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["sku", "valid_from"], name="catalogue_cost_key"),
        )


class Margin(models.Model):
    """An assumed margin rate where no cost is known: of a category, or of the whole shop."""

    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="+")
    rate = Numeric()
    changed_by = models.TextField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["category"], name="catalogue_margin_key", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=models.Q(rate__gte=0, rate__lt=1), name="catalogue_margin_bounds"
            ),
        )
